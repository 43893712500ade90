"""The liveness or startup probe fails, so Kubernetes kills the container again and again."""

from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.containers import Container, containers_of
from tools.analyzers.objects import Workload, age, ref_of, workloads
from tools.analyzers.out_of_memory import is_killed_for_memory
from tools.analyzers.probing import ProbeFailure, ProbeKind, failure_of, killed_by_probe
from tools.analyzers.revisions import last_change
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_LEAST_SECONDS = 60.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container that its liveness probe gets killed."""
    return _killed(snapshot, "livenessProbe", Cause.LIVENESS_PROBE)


def analyze_startup(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container that never passes its startup probe."""
    return _killed(snapshot, "startupProbe", Cause.STARTUP_PROBE)


def _killed(snapshot: Snapshot, kind: ProbeKind, cause: Cause) -> Iterator[Suspicion]:
    for workload in workloads(snapshot):
        for container in containers_of(snapshot, workload):
            if _is_being_killed(snapshot, container, kind):
                failure = failure_of(snapshot, workload, container, kind)
                if failure:
                    yield _case(snapshot, workload, container, failure, cause)


def _is_being_killed(snapshot: Snapshot, container: Container, kind: ProbeKind) -> bool:
    """Restarted by a probe lately; one that has lived twice as long as the probe's patience has recovered."""
    probe = container.spec.get(kind) or {}
    failures, period = int(probe.get("failureThreshold") or 3), int(probe.get("periodSeconds") or 10)
    patience = int(probe.get("initialDelaySeconds") or 0) + failures * period
    recent = age(snapshot, container.ended.get("finishedAt")) < max(_LEAST_SECONDS, 2 * patience + 30)
    waits = container.reason == "CrashLoopBackOff"
    killed = killed_by_probe(snapshot, container) and not is_killed_for_memory(snapshot, container)
    return killed and container.restarts > 0 and (recent or waits)


def _case(
    snapshot: Snapshot, workload: Workload, container: Container, failure: ProbeFailure, cause: Cause
) -> Suspicion:
    word = "startup" if cause is Cause.STARTUP_PROBE else "liveness"
    pod = ref_of(snapshot, "Pod", container.pod)
    findings = [
        seen(snapshot, pod, f"Container {container.name} is killed by its {word} probe: {failure.said}"),
        seen(snapshot, workload.ref, f"Its {word} probe asks for {failure.asks}."),
    ]
    if failure.fault:
        findings.append(seen(snapshot, workload.ref, f"The probe looks wrong: {failure.fault}."))
    change = last_change(workload)
    tail = f": {failure.fault}" if failure.fault else ""
    return suspect(
        cause,
        workload.ref,
        f"{workload.ref.name} is restarted again and again because its {word} probe ({failure.asks}) fails{tail}.",
        findings,
        confidence=0.92 if failure.fault else 0.7,
        actions=failure.actions,
        follows=failure.fault is None,
        changed_at=change.made_at if change else None,
    )
