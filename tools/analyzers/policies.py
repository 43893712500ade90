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
