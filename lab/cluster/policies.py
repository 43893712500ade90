"""NetworkPolicy: whether traffic between two ends may pass."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lab.cluster.matching import Labels, labels_of, selects
from lab.cluster.pods import port_named
from lab.cluster.ports import Object
from lab.cluster.store import Store

Direction = Literal["Ingress", "Egress"]


@dataclass(frozen=True)
class End:
    """One side of a connection."""

    address: str
    namespace: str | None
    """`None` outside the cluster."""
    labels: Labels
    pod: Object | None = None
    """`None` outside the cluster, and for the cluster's DNS."""


def end_of(pod: Object) -> End:
    """A pod as the side of a connection."""
    address = pod.get("status", {}).get("podIP") or ""
    return End(address, pod["metadata"]["namespace"], labels_of(pod), pod)


def allows(store: Store, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Whether the policies of both sides let a connection to the target's port pass.

    Without a policy that selects a pod for a direction, everything passes in it; else some rule must allow it.
    """
    sides: tuple[tuple[Direction, End, End], ...] = (("Egress", source, target), ("Ingress", target, source))
    for direction, here, there in sides:
        policies = list(_selecting(store, here, direction))
        rules = [rule for policy in policies for rule in policy["spec"].get(direction.lower()) or ()]
        key = "to" if direction == "Egress" else "from"
        if policies and not any(
            _peers_hold(store, rule.get(key), here, there) and _ports_hold(rule, target, port, protocol)
            for rule in rules
        ):
            return False
    return True


def _selecting(store: Store, end: End, direction: Direction) -> Iterator[Object]:
    if end.pod is None or end.namespace is None:
        return
    for policy in store.list("NetworkPolicy", end.namespace):
        spec = policy["spec"]
        default = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
        covered = direction in (spec.get("policyTypes") or default)
        if covered and selects(spec.get("podSelector") or {}, end.labels):
            yield policy


def _peers_hold(store: Store, peers: list[Object] | None, here: End, there: End) -> bool:
    return not peers or any(_peer_holds(store, peer, here, there) for peer in peers)


def _peer_holds(store: Store, peer: Object, here: End, there: End) -> bool:
    if "ipBlock" in peer:
        return _in_block(peer["ipBlock"], there.address)
    if there.namespace is None:
        return False
    if peer.get("namespaceSelector") is not None:
        namespace = store.get("Namespace", None, there.namespace)
        if namespace is None or not selects(peer["namespaceSelector"], labels_of(namespace)):
            return False
    elif there.namespace != here.namespace:
        return False
    return selects(peer.get("podSelector") or {}, there.labels)


def _in_block(block: Object, address: str) -> bool:
    if not address:
        return False
    spot = ipaddress.ip_address(address)
    if spot not in ipaddress.ip_network(block["cidr"], strict=False):
        return False
    return all(spot not in ipaddress.ip_network(each, strict=False) for each in block.get("except") or ())


def _ports_hold(rule: Object, target: End, port: int, protocol: str) -> bool:
    ports = rule.get("ports")
    return not ports or any(_port_holds(each, target, port, protocol) for each in ports)


def _port_holds(allowed: Object, target: End, port: int, protocol: str) -> bool:
    if allowed.get("protocol", "TCP") != protocol:
        return False
    wanted = allowed.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return target.pod is not None and port_named(target.pod["spec"], wanted) == port
    return int(wanted) <= port <= int(allowed.get("endPort") or wanted)
