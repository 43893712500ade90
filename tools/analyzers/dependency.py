"""Callers complain about a Service, and nothing says why it does not answer."""

from collections.abc import Iterator

from domain.cluster import Ref, Severity
from domain.diagnosis import Cause
from tools.analyzers.complaints import Complaint, blamed, complaints
from tools.analyzers.logs import Trouble
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each Service that callers complain about."""
    wiring = Wiring.of(snapshot)
    about: dict[str, list[Complaint]] = {}
    for cry in complaints(wiring):
        if cry.service and cry.current:
            about.setdefault(cry.service, []).append(cry)
    for service, cries in about.items():
        yield _case(wiring, service, cries)


def _case(wiring: Wiring, service: str, cries: list[Complaint]) -> Suspicion:
    snapshot = wiring.snapshot
    backing = wiring.backings.get(service)
    ref = Ref(kind="Service", name=service, namespace=snapshot.namespace)
    behind = backing.workloads if backing else ()
    subject = behind[0].ref if len(behind) == 1 else ref
    troubles = " and ".join(dict.fromkeys(c.trouble.value for c in cries))
    callers = list(dict.fromkeys(c.caller.ref for c in cries))
    names = ", ".join(ref.name for ref in callers)
    findings = [
        seen(snapshot, c.caller.ref, f"{c.caller.ref.name} cannot call Service {service}: {c.line}") for c in cries
    ]
    if backing:
        ready = f"{backing.ready} of {len(backing.pods)} pods behind Service {service} are ready."
        findings.append(seen(snapshot, backing.ref, ready, Severity.INFO))
    denied = all(c.trouble is Trouble.DENIED for c in cries)
    does = "refuses the credentials of" if denied else "does not answer"
    return suspect(
        Cause.DEPENDENCY_DOWN,
        subject,
        f"Service {service} {does} {names} ({troubles}).",
        findings[:5],
        confidence=0.5,
        affected=[*callers, ref],
        directness=Directness.REPORTED,
        follows=True,
        blames=blamed(wiring, {service}),
    )
