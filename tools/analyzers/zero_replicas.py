"""A workload is scaled to nothing while others need it."""

import re
from collections.abc import Iterator

from domain.actions import Scale
from domain.diagnosis import Cause
from tools.analyzers.applied import applied
from tools.analyzers.complaints import complaints
from tools.analyzers.events import events_about, message_of
from tools.analyzers.objects import Workload, changed_at, dig, name_of
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_SCALED = re.compile(r"Scaled down replica set (\S+) (?:from (\d+) to 0|to 0 from (\d+)|to 0)", re.IGNORECASE)
_HISTORY_SECONDS = 3600.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload at zero that somebody calls, or that had pods within the hour."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        if workload.ref.kind in ("Deployment", "StatefulSet") and workload.wanted == 0:
            before = _before(snapshot, workload)
            needing = _needing(wiring, workload)
            if needing or before:
                yield _case(wiring, workload, before, needing)


def _before(snapshot: Snapshot, workload: Workload) -> int | None:
    """How many replicas it had or is declared to have, or `None` when nothing tells."""
    current = {name_of(s) for s in workload.sets[:1]}
    for event in events_about(
        snapshot, workload.ref.kind, workload.ref.name, "ScalingReplicaSet", within=_HISTORY_SECONDS
    ):
        match = _SCALED.search(message_of(event))
        if match and match[1] in current:
            return int(match[2] or match[3] or 1)
    declared = applied(workload.object, "spec", "replicas")
    if declared:
        return int(declared)
    for scaler in snapshot.of("HorizontalPodAutoscaler"):
        target = dig(scaler, "spec", "scaleTargetRef") or {}
        if (target.get("kind"), target.get("name")) == (workload.ref.kind, workload.ref.name):
            return int(dig(scaler, "spec", "minReplicas") or 1)
    return None


def _needing(wiring: Wiring, workload: Workload) -> dict[str, str]:
    """Name of each caller to its words; those that complain, and those that are not well and are told of it."""
    services = {b.ref.name for b in wiring.serving(workload.ref)}
    found = {c.caller.ref.name: c.line for c in complaints(wiring) if c.service in services}
    if not services:
        return found
    callers = set(wiring.dependents_of(workload.ref))
    for other in wiring.workloads:
        if other.ref in callers and other.wanted:
            found.setdefault(other.ref.name, "")
    return found


def _case(wiring: Wiring, workload: Workload, before: int | None, needing: dict[str, str]) -> Suspicion:
    snapshot, name = wiring.snapshot, workload.ref.name
    findings = [seen(snapshot, workload.ref, f"{name} is scaled to 0 replicas, so none of its pods runs.")]
    if before:
        findings.append(seen(snapshot, workload.ref, f"Before that it had {before} replicas."))
    for caller, line in list(needing.items())[:3]:
        ref = next(w.ref for w in wiring.workloads if w.ref.name == caller)
        said = f"{caller} cannot call it: {line}" if line else f"{caller} is configured to call it."
        findings.append(seen(snapshot, ref, said))
    had = f" (it had {before})" if before else ""
    need = f", and {', '.join(needing)} depend on it" if needing else ""
    return suspect(
        Cause.ZERO_REPLICAS,
        workload.ref,
        f"{name} is scaled to 0 replicas{had}{need}.",
        findings,
        confidence=0.95 if any(needing.values()) or (before and needing) else 0.75,
        actions=(Scale(target=workload.ref, replicas=before or 1),),
        affected=[w.ref for w in wiring.workloads if w.ref.name in needing],
        directness=Directness.STATED if before else Directness.INFERRED,
        changed_at=changed_at(workload.object),
    )
