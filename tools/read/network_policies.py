"""Which policies select which pods, and what they let through."""

from collections.abc import Iterator
from datetime import datetime

from domain.base import Json
from domain.cluster import Severity
from domain.probes import NetworkPolicies
from tools.analyzers.objects import dig, labels_of, name_of, ref_of
from tools.analyzers.policies import selects
from tools.cluster.reader import Reader
from tools.read.look import look
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import as_yaml, pairs, section
from tools.snapshot import Snapshot


async def run(reader: Reader, call: NetworkPolicies, now: datetime) -> Outcome:
    """Each policy in words, with the pods it governs."""
    seen = await look(reader, call.namespace, ("NetworkPolicy", "Pod"), now)
    policies = seen.of("NetworkPolicy")
    if not policies:
        return Outcome(f"No network policies in namespace {call.namespace}: every pod may talk to every other.")
    found = tuple(o for policy in policies for o in _told(seen, policy))
    text = "\n\n".join(section(name_of(p), as_yaml(p.get("spec") or {})) for p in policies)
    note = (
        f"{count(len(policies), 'network policy', 'network policies').capitalize()} in namespace {call.namespace}."
    )
    return Outcome(note, text, found)


def _told(seen: Snapshot, policy: Json) -> Iterator[Observation]:
    spec = policy.get("spec") or {}
    pods = [name_of(p) for p in seen.of("Pod") if selects(spec.get("podSelector") or {}, labels_of(p))]
    ref = ref_of(seen, "NetworkPolicy", policy)
    for direction in spec.get("policyTypes") or ("Ingress",):
        rules = spec.get("ingress" if direction == "Ingress" else "egress")
        allowed = "; ".join(_rule(rule, direction) for rule in rules or ()) or "nothing"
        text = f"{direction} of {count(len(pods), 'pod')} ({_few(pods)}) is limited to: {allowed}."
        yield observe(Severity.INFO if rules else Severity.WARNING, ref, text)


def _rule(rule: Json, direction: str) -> str:
    peers = rule.get("from" if direction == "Ingress" else "to")
    ports = ", ".join(f"{p.get('protocol', 'TCP')} {p.get('port', 'any')}" for p in rule.get("ports") or ())
    who = " or ".join(_peer(peer) for peer in peers) if peers else "anybody"
    return f"{who} on {ports or 'any port'}"


def _peer(peer: Json) -> str:
    if block := peer.get("ipBlock"):
        return str(block.get("cidr"))
    parts = []
    if "podSelector" in peer:
        parts.append(f"pods with {_labels(peer['podSelector'])}")
    if "namespaceSelector" in peer:
        parts.append(f"namespaces with {_labels(peer['namespaceSelector'])}")
    return " in ".join(parts) or "nobody"


def _labels(selector: Json | None) -> str:
    expressions = (
        f"{e.get('key')} {e.get('operator')} {e.get('values')}" for e in dig(selector, "matchExpressions") or ()
    )
    labels = dig(selector, "matchLabels")
    return ", ".join((*((pairs(labels),) if labels else ()), *expressions)) or "any labels"


def _few(names: list[str], limit: int = 4) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more if names else "none now"
