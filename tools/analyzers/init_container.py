"""An init container fails, so the pod never starts."""

from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.bad_command import start_failed
from tools.analyzers.complaints import blamed, service_in
from tools.analyzers.containers import Container, containers_of, is_failing, last_words
from tools.analyzers.logs import telling, trouble_of
from tools.analyzers.objects import Workload, age, dig, ref_of
from tools.analyzers.out_of_memory import is_killed_for_memory
from tools.analyzers.revisions import back_from, recent_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_LONG_SECONDS = 120.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each init container that fails, or that waits for something for minutes."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        for container in containers_of(snapshot, workload):
            if container.init and _is_stuck(snapshot, container):
                yield _case(wiring, workload, container)


def _is_stuck(snapshot: Snapshot, container: Container) -> bool:
    if start_failed(snapshot, container) or is_killed_for_memory(snapshot, container):
        return False
    started = dig(container.status, "state", "running", "startedAt")
    sidecar = container.spec.get("restartPolicy") == "Always"
    return is_failing(snapshot, container) or (
        not sidecar and bool(started) and age(snapshot, started) > _LONG_SECONDS
    )


def _case(wiring: Wiring, workload: Workload, container: Container) -> Suspicion:
    snapshot = wiring.snapshot
    said = telling(last_words(snapshot, container))
    service = service_in(wiring, workload, said) if said and trouble_of(said) else None
    code = container.ended.get("exitCode")
    does = f"fails with exit code {code}" if is_failing(snapshot, container) else "does not come to an end"
    pod = ref_of(snapshot, "Pod", container.pod)
    findings = [seen(snapshot, pod, f"Init container {container.name} {does}, so the pod does not start.")]
    if said:
        findings.append(seen(snapshot, pod, f"Its log ends with: {said}"))
    change = recent_change(snapshot, workload)
    own = roll_back(workload, ("initContainers", container.name))
    if own:
        findings.append(seen(snapshot, workload.ref, "The last revision changed this init container."))
    words = f": “{said}”" if said else ""
    return suspect(
        Cause.INIT_CONTAINER,
        workload.ref,
        f"{workload.ref.name} does not start because its init container {container.name} {does}{words}.",
        findings,
        confidence=0.9 if own else 0.55 if service else 0.75,
        actions=own or back_from(workload, change),
        follows=service is not None and not own,
        blames=blamed(wiring, {service} if service else set()),
        changed_at=change.made_at if change and own else None,
    )
