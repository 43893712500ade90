"""A certificate that has expired, by what those say who would have trusted it."""

import re
from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.complaints import service_in
from tools.analyzers.logs import clean, is_frame
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.turned_away import said_now
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_EXPIRED = re.compile(
    r"certificate has expired|certificate expired|CERT_HAS_EXPIRED|CertificateExpiredException"
    r"|certificate_expired|NotAfter:|certificate is not valid after|SSL_ERROR_EXPIRED_CERT",
    re.IGNORECASE,
)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that meets an expired certificate, about the Service that shows it."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        lines = [line for line in said_now(wiring, workload) if _EXPIRED.search(line) and not is_frame(line)]
        if not lines:
            continue
        service = service_in(wiring, workload, lines[-1])
        backing = wiring.backings.get(service or "")
        holders = backing.workloads if backing else ()
        holder = holders[0] if len(holders) == 1 else None
        subject = holder.ref if holder else backing.ref if backing else workload.ref
        change = recent_change(snapshot, holder) if holder else None
        mounted = change if change and change.touches("volumes") else None
        findings = [seen(snapshot, workload.ref, f"{workload.ref.name} says: {clean(lines[-1])}")]
        if mounted:
            findings.append(seen(snapshot, subject, f"The last revision changed {in_words(mounted)}."))
        yield suspect(
            Cause.CERTIFICATE_EXPIRED,
            subject,
            f"A certificate of {subject.name} has expired, so {workload.ref.name} does not trust it:"
            f" “{clean(lines[-1])}”.",
            findings,
            confidence=0.92 if service else 0.8,
            actions=back_from(holder, mounted) if holder else (),
            affected=[workload.ref, *wiring.dependents_of(workload.ref)],
            directness=Directness.REPORTED,
            changed_at=mounted.made_at if mounted else None,
        )
