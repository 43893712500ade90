"""A NetworkPolicy keeps a caller from a Service that it needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.actions import Action, AllowIngress, RemoveNetworkPolicy
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.complaints import complaints
from tools.analyzers.logs import Trouble
from tools.analyzers.objects import Workload, age, changed_at, dig, labels_of, name_of, ref_of
from tools.analyzers.policies import barring, selects
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.target_port import target_of
from tools.analyzers.wiring import Backing, Wiring
from tools.snapshot import Snapshot

_RECENT_SECONDS = 1800.0
_FITTING = frozenset({Trouble.TIMED_OUT, Trouble.UNAVAILABLE, Trouble.REFUSED, Trouble.NO_HOST})


@dataclass(frozen=True)
class Barred:
    """A caller that a policy keeps out."""

    caller: Workload
    backing: Backing
    port: int | None
    """The pods' port."""
    line: str
    """What the caller says; empty when it says nothing."""


@dataclass
class _Victims:
    policy: Json
    barred: list[Barred] = field(default_factory=list)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each policy that bars callers who complain, or that is new and bars known callers."""
    wiring = Wiring.of(snapshot)
    victims: dict[str, _Victims] = {}
    for call in _calls(wiring):
        for policy in _barring(snapshot, call):
            known = victims.setdefault(name_of(policy), _Victims(policy)).barred
            if all((b.caller.ref, b.backing.ref) != (call.caller.ref, call.backing.ref) for b in known):
                known.append(call)
    for found in victims.values():
        new = age(snapshot, changed_at(found.policy)) < _RECENT_SECONDS
        barred = found.barred if new else [b for b in found.barred if b.line]
        if any(b.line for b in barred) or new:
            yield _case(wiring, found.policy, barred)


def _calls(wiring: Wiring) -> Iterator[Barred]:
    """Calls that fail by the logs, then those that the configuration speaks of."""
    callers = {w.ref: w for w in wiring.workloads}
    for cry in complaints(wiring):
        backing = wiring.backings.get(cry.service or "")
        if backing and cry.trouble in _FITTING:
            yield Barred(cry.caller, backing, _port(backing), cry.line)
    for ref, names in wiring.calls.items():
        for name in sorted(names):
            if name in wiring.backings:
                backing = wiring.backings[name]
                yield Barred(callers[ref], backing, _port(backing), "")


def _barring(snapshot: Snapshot, call: Barred) -> tuple[Json, ...]:
    sources, targets = call.caller.pods[:1], call.backing.pods[:1]
    if not sources or not targets:
        return ()
    return barring(snapshot, sources[0], targets[0], call.port)


def _port(backing: Backing) -> int | None:
    """The pods' port behind the Service's first one; a name is looked up in the pods."""
    if not backing.ports:
        return None
    target = target_of(backing.ports[0])
    if isinstance(target, int):
        return target
    named = (
        int(port["containerPort"])
        for pod in backing.pods
        for container in dig(pod, "spec", "containers") or ()
        for port in container.get("ports") or ()
        if port.get("name") == target
    )
    return next(named, None)


def _case(wiring: Wiring, policy: Json, barred: list[Barred]) -> Suspicion:
    snapshot = wiring.snapshot
    ref = ref_of(snapshot, "NetworkPolicy", policy)
    pairs = list(dict.fromkeys((b.caller.ref.name, b.backing.ref.name) for b in barred))
    words = ", ".join(f"{caller} from {service}" for caller, service in pairs[:3])
    findings = [seen(snapshot, ref, f"Policy {ref.name} keeps {words}.")]
    findings += [
        seen(snapshot, b.caller.ref, f"{b.caller.ref.name} cannot call Service {b.backing.ref.name}: {b.line}")
        for b in barred
        if b.line
    ][:3]
    behind = [w.ref for b in barred for w in b.backing.workloads]
    heard = any(b.line for b in barred)
    return suspect(
        Cause.NETWORK_POLICY,
        ref,
        f"The network policy {ref.name} keeps {words}, so these calls get no answer.",
        findings,
        confidence=0.94 if heard else 0.7,
        actions=_repairs(policy, ref, barred),
        affected=[*(b.caller.ref for b in barred), *behind],
        directness=Directness.INFERRED,
        changed_at=changed_at(policy),
    )


def _repairs(policy: Json, ref: Ref, barred: list[Barred]) -> tuple[Action, ...]:
    """The least first: a rule for the caller where the policy has rules, else remove what only denies."""
    remove = RemoveNetworkPolicy(target=ref)
    inward = [b for b in barred if b.port and _is_inward(policy, b)]
    allow = tuple(
        AllowIngress(target=ref, from_labels=_identity(b.caller), port=b.port)
        for b in inward
        if b.port is not None
    )
    return (*allow, remove) if dig(policy, "spec", "ingress") and allow else (remove, *allow)


def _is_inward(policy: Json, call: Barred) -> bool:
    """Whether the policy is about the pods that are called, not about the caller's own way out."""
    selector = dig(policy, "spec", "podSelector") or {}
    return any(selects(selector, labels_of(pod)) for pod in call.backing.pods)


def _identity(caller: Workload) -> dict[str, str]:
    """The labels by which the caller's own controller knows its pods."""
    own = dig(caller.object, "spec", "selector", "matchLabels") or labels_of(caller.pods[0])
    return {str(k): str(v) for k, v in own.items() if k != "pod-template-hash"}
