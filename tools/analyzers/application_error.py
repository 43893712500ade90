"""A workload runs but writes errors; the last resort, when nothing in Kubernetes is wrong."""

from collections.abc import Iterator

from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.complaints import CURRENT_SECONDS, blamed, recent_lines, service_in
from tools.analyzers.logs import clean, is_error, trouble_of
from tools.analyzers.objects import Workload, age
from tools.analyzers.revisions import back_from, in_words, last_change
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_LEAST_ERRORS = 3
_LEAST_SHARE = 0.1
"""Errors among the recent lines; programs in good health write some, too."""
_RECENT_SECONDS = 1800.0


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload with a good share of errors in its recent log."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        lines = [line for _, line in recent_lines(snapshot, workload, CURRENT_SECONDS)]
        errors = [line for line in lines if is_error(line)]
        if len(errors) >= _LEAST_ERRORS and len(errors) >= _LEAST_SHARE * len(lines):
            yield _case(wiring, workload, errors)


def _case(wiring: Wiring, workload: Workload, errors: list[str]) -> Suspicion:
    snapshot = wiring.snapshot
    said = clean(errors[-1])
    services = {s for line in errors if trouble_of(line) and (s := service_in(wiring, workload, line))}
    change = last_change(workload)
    recent = change if change and age(snapshot, change.made_at) < _RECENT_SECONDS else None
    findings = [seen(snapshot, workload.ref, f"{workload.ref.name} writes errors, the last one: {said}")]
    if recent:
        findings.append(seen(snapshot, workload.ref, f"The last revision changed {in_words(recent)}."))
    affected: tuple[Ref, ...] = wiring.dependents_of(workload.ref)
    return suspect(
        Cause.APPLICATION_ERROR,
        workload.ref,
        f"{workload.ref.name} runs but writes errors: “{said}”.",
        findings,
        confidence=0.5 if recent else 0.35,
        actions=back_from(workload, recent),
        affected=affected,
        directness=Directness.REPORTED,
        follows=True,
        blames=blamed(wiring, services),
        changed_at=recent.made_at if recent else None,
    )
