"""A Deployment's new revision does not come up, and nothing more precise explains why."""

from collections.abc import Iterator

from domain.cluster import Severity
from domain.diagnosis import Cause
from tools.analyzers.creation import uncreated
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, age, condition, dig, workloads
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_PATIENCE_SECONDS = 120.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each Deployment whose newest revision has been incomplete for minutes."""
    refused = {u.workload.ref: u.said for u in uncreated(snapshot)}
    for workload in workloads(snapshot):
        if workload.ref.kind == "Deployment" and _is_stuck(snapshot, workload):
            yield _case(snapshot, workload, refused.get(workload.ref))


def _is_stuck(snapshot: Snapshot, workload: Workload) -> bool:
    progressing = condition(workload.object, "Progressing") or {}
    if workload.wanted == 0 or _is_complete(workload):
        return False
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return True
    newest = workload.sets[0] if workload.sets else workload.object
    return age(snapshot, newest["metadata"].get("creationTimestamp")) > _PATIENCE_SECONDS and not _moves(
        snapshot, workload
    )


def _is_complete(workload: Workload) -> bool:
    status = workload.object.get("status") or {}
    return bool(
        int(status.get("updatedReplicas") or 0) >= workload.wanted
        and int(status.get("availableReplicas") or 0) >= workload.wanted
    )


def _moves(snapshot: Snapshot, workload: Workload) -> bool:
    """Whether a pod of it is only just starting, as after a restart or a change of scale."""
    return any(
        age(snapshot, pod["metadata"].get("creationTimestamp")) < _PATIENCE_SECONDS for pod in workload.pods
    )


def _case(snapshot: Snapshot, workload: Workload, refused: str | None) -> Suspicion:
    status = workload.object.get("status") or {}
    updated, available = int(status.get("updatedReplicas") or 0), int(status.get("availableReplicas") or 0)
    change = recent_change(snapshot, workload)
    findings = [
        seen(
            snapshot,
            workload.ref,
            f"{available} of {workload.wanted} replicas are available, {updated} run the newest revision.",
        )
    ]
    progressing = dig(condition(workload.object, "Progressing") or {}, "message")
    if progressing:
        findings.append(seen(snapshot, workload.ref, f"Kubernetes says: {clean(progressing)}", Severity.WARNING))
    if refused:
        findings.append(seen(snapshot, workload.ref, f"Its pods are refused: {clean(refused)}"))
    if change:
        findings.append(seen(snapshot, workload.ref, f"The last revision changed {in_words(change)}."))
    why = f" because its pods are refused: {clean(refused, 140)}" if refused else ""
    return suspect(
        Cause.STUCK_ROLLOUT,
        workload.ref,
        f"The newest revision of {workload.ref.name} does not come up{why}.",
        findings,
        confidence=0.75 if refused else 0.6,
        actions=back_from(workload, change),
        follows=True,
        changed_at=change.made_at if change else None,
    )
