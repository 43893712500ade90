"""A container keeps ending, and nothing more precise explains why."""

from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.bad_command import start_failed
from tools.analyzers.complaints import blamed, service_in
from tools.analyzers.containers import Container, containers_of, is_failing, last_words
from tools.analyzers.logs import telling, trouble_of
from tools.analyzers.objects import Workload, ref_of
from tools.analyzers.out_of_memory import is_killed_for_memory
from tools.analyzers.probing import killed_by_probe
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_SIGNALS = {137: "killed", 143: "asked to stop", 139: "segmentation fault", 134: "aborted"}


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container that ends by itself again and again."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        for container in containers_of(snapshot, workload):
            if ends_by_itself(snapshot, container):
                yield _case(wiring, workload, container)


def ends_by_itself(snapshot: Snapshot, container: Container) -> bool:
    """Whether a main container keeps ending, for a reason of its own."""
    return (
        not container.init
        and is_failing(snapshot, container)
        and not start_failed(snapshot, container)
        and not is_killed_for_memory(snapshot, container)
        and not killed_by_probe(snapshot, container)
    )


def _case(wiring: Wiring, workload: Workload, container: Container) -> Suspicion:
    snapshot = wiring.snapshot
    code = int(container.ended.get("exitCode") or 0)
    said = telling(last_words(snapshot, container))
    service = service_in(wiring, workload, said) if said and trouble_of(said) else None
    change = recent_change(snapshot, workload)
    pod = ref_of(snapshot, "Pod", container.pod)
    meaning = f" ({_SIGNALS[code]})" if code in _SIGNALS else ""
    findings = [seen(snapshot, pod, f"Container {container.name} keeps ending with exit code {code}{meaning}.")]
    if said:
        findings.append(seen(snapshot, pod, f"Its log ends with: {said}"))
    if change:
        findings.append(seen(snapshot, workload.ref, f"The last revision changed {in_words(change)}."))
    words = f"its last words are “{said}”" if said else "its log says nothing"
    return suspect(
        Cause.CRASH_LOOP,
        workload.ref,
        f"{workload.ref.name} starts and ends again with exit code {code}; {words}.",
        findings,
        confidence=0.45 if service else 0.8 if change else 0.65,
        actions=back_from(workload, change),
        follows=service is not None or not change,
        blames=blamed(wiring, {service} if service else set()),
        changed_at=change.made_at if change else None,
    )
