"""Names of Services that exist cannot be resolved by several callers: the cluster's DNS is in trouble."""

from collections.abc import Iterator

from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.complaints import complaints
from tools.analyzers.logs import Trouble
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

DNS = Ref(kind="Service", name="kube-dns", namespace="kube-system")
_LEAST = 2
"""Callers, and names that exist, before one stops to blame a caller."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion about DNS when several callers cannot resolve names that are right."""
    wiring = Wiring.of(snapshot)
    cries = [c for c in complaints(wiring) if c.trouble is Trouble.NO_HOST and c.service and c.current]
    callers = list(dict.fromkeys(cry.caller.ref for cry in cries))
    services = list(dict.fromkeys(cry.service for cry in cries if cry.service))
    if len(callers) < _LEAST or len(services) < _LEAST:
        return
    names = ", ".join(ref.name for ref in callers[:4])
    findings = [
        seen(snapshot, cry.caller.ref, f"{cry.caller.ref.name} cannot resolve {cry.service}: {cry.line}")
        for cry in cries
    ]
    yield suspect(
        Cause.DNS_FAILURE,
        DNS,
        f"{names} cannot resolve {', '.join(services[:4])}, and these Services exist; the cluster's DNS"
        " does not answer for them.",
        findings[:4],
        confidence=0.9,
        affected=callers,
        directness=Directness.REPORTED,
    )
