"""A NetworkPolicy for outgoing traffic that forgets DNS: what a pod calls by name, it cannot find any more."""

from collections.abc import Iterator

from domain.actions import RemoveNetworkPolicy
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.complaints import Complaint, complaints
from tools.analyzers.logs import Trouble
from tools.analyzers.objects import Workload, age, changed_at, name_of, ref_of
from tools.analyzers.policies import barring_dns
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_RECENT_SECONDS = 1800.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each policy that bars who complains of names, or that is new and bars callers."""
    wiring = Wiring.of(snapshot)
    cries = {c.caller.ref: c for c in complaints(wiring) if c.trouble is Trouble.NO_HOST and c.current}
    deaf: dict[str, tuple[Json, list[Workload]]] = {}
    for workload in wiring.workloads if snapshot.of("NetworkPolicy") else ():
        for policy in barring_dns(snapshot, workload.pods[0]) if workload.pods else ():
            new = age(snapshot, changed_at(policy)) < _RECENT_SECONDS
            if workload.ref in cries or (new and wiring.calls[workload.ref]):
                deaf.setdefault(name_of(policy), (policy, []))[1].append(workload)
    for policy, hit in deaf.values():
        yield _case(wiring, policy, hit, [cries[w.ref] for w in hit if w.ref in cries])


def _case(wiring: Wiring, policy: Json, hit: list[Workload], cries: list[Complaint]) -> Suspicion:
    snapshot = wiring.snapshot
    ref = ref_of(snapshot, "NetworkPolicy", policy)
    names = ", ".join(workload.ref.name for workload in hit[:4])
    findings = [
        seen(snapshot, ref, f"Policy {ref.name} lets {names} out, and not to port 53 (UDP), where DNS answers.")
    ]
    findings += [
        seen(snapshot, c.caller.ref, f"{c.caller.ref.name} cannot resolve a name: {c.line}") for c in cries[:3]
    ]
    return suspect(
        Cause.NETWORK_POLICY,
        ref,
        f"The network policy {ref.name} keeps {names} from the cluster's DNS, so nothing is found by its name.",
        findings,
        confidence=0.94 if cries else 0.8,
        actions=(RemoveNetworkPolicy(target=ref),),
        affected=[*(workload.ref for workload in hit), *_called(wiring, hit)],
        directness=Directness.INFERRED,
        changed_at=changed_at(policy),
    )


def _called(wiring: Wiring, hit: list[Workload]) -> Iterator[Ref]:
    """Who is called by those in vain, and looks slow or dead from there."""
    for workload in hit:
        for name in sorted(wiring.calls[workload.ref] & wiring.backings.keys()):
            yield from (behind.ref for behind in wiring.backings[name].workloads)
