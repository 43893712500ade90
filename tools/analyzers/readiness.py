"""A container runs but its readiness probe fails, so it gets no traffic."""

from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.complaints import blamed, complaints
from tools.analyzers.containers import Container, containers_of
from tools.analyzers.objects import Workload, age, dig, ref_of
from tools.analyzers.probing import ProbeFailure, failure_of
from tools.analyzers.revisions import last_change
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_GRACE_SECONDS = 20.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container that has been running unready for longer than its probe allows."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        for container in containers_of(snapshot, workload):
            if container.running and not container.ready and _is_overdue(snapshot, container):
                failure = failure_of(snapshot, workload, container, "readinessProbe")
                if failure:
                    yield _case(wiring, workload, container, failure)


def _is_overdue(snapshot: Snapshot, container: Container) -> bool:
    probe = container.spec.get("readinessProbe") or {}
    patience = int(probe.get("initialDelaySeconds") or 0) + int(probe.get("periodSeconds") or 10)
    started = dig(container.status, "state", "running", "startedAt")
    return age(snapshot, started) > patience + _GRACE_SECONDS


def _case(wiring: Wiring, workload: Workload, container: Container, failure: ProbeFailure) -> Suspicion:
    snapshot = wiring.snapshot
    pod = ref_of(snapshot, "Pod", container.pod)
    findings = [
        seen(snapshot, pod, f"Container {container.name} runs but is not ready: {failure.said}"),
        seen(snapshot, workload.ref, f"Its readiness probe asks for {failure.asks}."),
    ]
    if failure.fault:
        findings.append(seen(snapshot, workload.ref, f"The probe looks wrong: {failure.fault}."))
    change = last_change(workload)
    trouble = {c.service for c in complaints(wiring) if c.caller.ref == workload.ref and c.service}
    tail = f": {failure.fault}" if failure.fault else ", although the probe itself looks right"
    return suspect(
        Cause.READINESS_PROBE,
        workload.ref,
        f"{workload.ref.name} gets no traffic because its readiness probe ({failure.asks}) fails{tail}.",
        findings,
        confidence=0.92 if failure.fault else 0.6,
        actions=failure.actions,
        follows=failure.fault is None,
        blames=blamed(wiring, trouble) if failure.fault is None else (),
        changed_at=change.made_at if change else None,
    )
