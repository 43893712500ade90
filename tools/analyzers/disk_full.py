"""A program that cannot write because its disk is full."""

import re
from collections.abc import Iterator

from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.logs import clean, is_frame
from tools.analyzers.objects import Workload, dig
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.turned_away import said_now
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_FULL = re.compile(
    r"no space left on device|\bENOSPC\b|disk (?:is )?full|out of disk space|disk quota exceeded|\bErrno 28\b",
    re.IGNORECASE,
)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that says so itself."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        lines = [line for line in said_now(wiring, workload) if _FULL.search(line) and not is_frame(line)]
        if lines:
            yield _case(wiring, workload, clean(lines[-1]))


def _case(wiring: Wiring, workload: Workload, said: str) -> Suspicion:
    snapshot, ref = wiring.snapshot, workload.ref
    claims = [
        Ref(kind="PersistentVolumeClaim", name=str(name), namespace=ref.namespace)
        for volume in workload.pod_spec.get("volumes") or ()
        if (name := dig(volume, "persistentVolumeClaim", "claimName"))
    ]
    place = f"its claim {claims[0].name}" if len(claims) == 1 else "its disk"
    findings = [seen(snapshot, ref, f"{ref.name} says: {said}")]
    findings += [seen(snapshot, claim, f"{ref.name} writes to the claim {claim.name}.") for claim in claims]
    return suspect(
        Cause.DISK_FULL,
        ref,
        f"{ref.name} cannot write because {place} is full: “{said}”.",
        findings,
        confidence=0.93,
        affected=[*claims, *wiring.dependents_of(ref)],
        directness=Directness.STATED,
    )
