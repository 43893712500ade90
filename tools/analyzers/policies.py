"""What NetworkPolicies let through, as the API defines it, for pods of one namespace."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.base import Json
from tools.analyzers.objects import dig, labels_of
from tools.snapshot import Snapshot


def selects(selector: Json | None, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy a label selector; an empty one takes everything, `None` nothing."""
    if selector is None:
        return False
    pairs = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in pairs.items()):
        return False
    return all(_expression(rule, labels) for rule in selector.get("matchExpressions") or ())


def governing(snapshot: Snapshot, pod: Json, direction: str) -> Iterator[Json]:
    """The policies that restrict a pod's `Ingress` or `Egress`."""
    for policy in snapshot.of("NetworkPolicy"):
        spec = policy.get("spec") or {}
        types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
        if direction in types and selects(spec.get("podSelector") or {}, labels_of(pod)):
            yield policy


def barring(snapshot: Snapshot, source: Json, target: Json, port: int | None) -> tuple[Json, ...]:
    """The policies that keep `source` from `target` on a port (any, when `None`); empty when it may pass."""
    space = snapshot.namespace
    inward = tuple(governing(snapshot, target, "Ingress"))
    outward = tuple(governing(snapshot, source, "Egress"))
    barred: tuple[Json, ...] = ()
    if inward and not any(_allows(p, "ingress", "from", source, target, port, space) for p in inward):
        barred += inward
    if outward and not any(_allows(p, "egress", "to", target, target, port, space) for p in outward):
        barred += outward
    return barred


def barring_dns(snapshot: Snapshot, pod: Json) -> tuple[Json, ...]:
    """The policies that together keep a pod from asking the cluster's DNS; empty when it may."""
    outward = tuple(governing(snapshot, pod, "Egress"))
    return () if any(_lets_ask(policy) for policy in outward) else outward


def _lets_ask(policy: Json) -> bool:
    for rule in dig(policy, "spec", "egress") or ():
        peers, ports = rule.get("to"), rule.get("ports")
        if (not peers or any(_may_be_dns(p) for p in peers)) and (not ports or any(_is_dns(e) for e in ports)):
            return True
    return False


def _may_be_dns(peer: Json) -> bool:
    """Whether a peer may be a server of another namespace; of that one only the name is known."""
    spaces = peer.get("namespaceSelector")
    if spaces is None:
        return bool(peer.get("ipBlock"))
    name = (spaces.get("matchLabels") or {}).get("kubernetes.io/metadata.name", "kube-system")
    return bool(name == "kube-system")


def _is_dns(entry: Json) -> bool:
    """Whether a port lets DNS pass, which goes over UDP; the API's default is TCP."""
    port = entry.get("port")
    if entry.get("protocol", "TCP") != "UDP":
        return False
    if port is None or (isinstance(port, str) and not port.isdigit()):
        return True
    return int(port) <= 53 <= int(entry.get("endPort") or port)


def _allows(policy: Json, rules: str, peers: str, peer: Json, server: Json, port: int | None, space: str) -> bool:
    for rule in dig(policy, "spec", rules) or ():
        admitted = rule.get(peers)
        if (not admitted or any(_is_peer(p, peer, space) for p in admitted)) and _opens(rule, server, port):
            return True
    return False


def _is_peer(admitted: Json, pod: Json, space: str) -> bool:
    if admitted.get("ipBlock"):
        return True
    spaces = admitted.get("namespaceSelector")
    if spaces is not None and not selects(spaces, {"kubernetes.io/metadata.name": space}):
        return False
    pods = admitted.get("podSelector")
    return pods is None or selects(pods, labels_of(pod))


def _opens(rule: Json, server: Json, port: int | None) -> bool:
    ports = rule.get("ports")
    if not ports or port is None:
        return True
    return any(_is_port(entry, server, port) for entry in ports)


def _is_port(entry: Json, server: Json, port: int) -> bool:
    named: Any = entry.get("port")
    if named is None:
        return True
    if isinstance(named, str) and not named.isdigit():
        return port in {
            p.get("containerPort")
            for c in dig(server, "spec", "containers") or ()
            for p in c.get("ports") or ()
            if p.get("name") == named
        }
    return int(named) <= port <= int(entry.get("endPort") or named)


def _expression(rule: Json, labels: Mapping[str, str]) -> bool:
    key, values = rule["key"], rule.get("values") or ()
    match rule["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
