"""Whether workloads and Services have come to rest after a change: rolled out, ready, with endpoints."""

from collections.abc import Iterable

from domain.base import Json
from domain.cluster import Ref
from tools.analyzers.objects import Workload, dig
from tools.analyzers.wiring import Wiring

_ROLLING = ("Deployment", "StatefulSet", "DaemonSet")


def unfinished(wiring: Wiring, refs: Iterable[Ref]) -> tuple[str, ...]:
    """One clause for each of these objects that is not there yet: `web has 1 of 2 replicas ready`."""
    by_ref = {workload.ref: workload for workload in wiring.workloads}
    found: list[str] = []
    for ref in dict.fromkeys(refs):
        if ref in by_ref:
            found += _workload(by_ref[ref])
        elif ref.kind == "Service" and ref.name in wiring.backings:
            backing = wiring.backings[ref.name]
            wanted = any(workload.wanted for workload in backing.workloads) or not backing.workloads
            if wanted and not backing.ready:
                found.append(f"Service {ref.name} has no ready endpoint")
    return tuple(found)


def _workload(workload: Workload) -> list[str]:
    if workload.ref.kind not in _ROLLING:
        return []
    name, status = workload.ref.name, workload.object.get("status") or {}
    generation = workload.object["metadata"].get("generation")
    observed = status.get("observedGeneration")
    if generation is not None and observed is not None and observed < generation:
        return [f"the change to {name} has not been taken up yet"]
    updated, ready = _counts(workload.ref.kind, status)
    if updated < workload.wanted:
        return [f"{name} has rolled {updated} of {workload.wanted} replicas"]
    if ready < workload.wanted:
        return [f"{name} has {ready} of {workload.wanted} replicas ready"]
    if int(status.get("replicas") or 0) > workload.wanted:
        return [f"{name} still has pods of the revision before"]
    return []


def _counts(kind: str, status: Json) -> tuple[int, int]:
    """Updated and available replicas; StatefulSets without a rollout under way do not say `updated`."""
    if kind == "DaemonSet":
        return int(dig(status, "updatedNumberScheduled") or 0), int(dig(status, "numberAvailable") or 0)
    ready = int(status.get("availableReplicas") or 0)
    if kind == "StatefulSet":
        same = status.get("currentRevision") == status.get("updateRevision")
        count = int(status.get("currentReplicas") or 0) if same else 0
        return max(count, int(status.get("updatedReplicas") or 0)), int(status.get("readyReplicas") or 0)
    return int(status.get("updatedReplicas") or 0), ready
