"""What an analyzer returns: a hypothesis with the findings that speak for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from domain.actions import Action
from domain.cluster import Ref, Severity
from domain.diagnosis import Cause, Hypothesis
from domain.evidence import Finding
from tools.snapshot import Snapshot


class Directness(IntEnum):
    """How the evidence knows, weakest first."""

    REPORTED = 1
    """A log line says so, possibly of somebody who only suffers."""
    INFERRED = 2
    """Objects contradict each other."""
    STATED = 3
    """Kubernetes itself names the trouble."""


@dataclass(frozen=True)
class Suspicion:
    """One analyzer's case against one object."""

    hypothesis: Hypothesis
    findings: tuple[Finding, ...]
    directness: Directness
    follows: bool = False
    """Whether the trouble may be the mere consequence of another object's."""
    blames: frozenset[Ref] = frozenset()
    """Services whose failure the evidence complains about."""
    changed_at: datetime | None = None
    """When the faulty object last changed, as far as it is known."""


Analyzer = Callable[[Snapshot], Iterable[Suspicion]]


def seen(snapshot: Snapshot, subject: Ref, text: str, severity: Severity = Severity.CRITICAL) -> Finding:
    """A finding that the snapshot's artifact shows."""
    return Finding.of(severity, subject, text, (snapshot.artifact,) if snapshot.artifact else ())


def suspect(
    cause: Cause,
    subject: Ref,
    statement: str,
    findings: Sequence[Finding],
    *,
    confidence: float,
    actions: Sequence[Action] = (),
    affected: Iterable[Ref] = (),
    directness: Directness = Directness.STATED,
    follows: bool = False,
    blames: Iterable[Ref] = (),
    changed_at: datetime | None = None,
) -> Suspicion:
    """A suspicion whose hypothesis cites all its findings."""
    hypothesis = Hypothesis(
        cause=cause,
        subject=subject,
        statement=statement,
        confidence=confidence,
        cites=tuple(dict.fromkeys(finding.id for finding in findings)),
        actions=tuple(actions),
        affected=tuple(dict.fromkeys(ref for ref in affected if ref != subject)),
    )
    return Suspicion(hypothesis, tuple(findings), directness, follows, frozenset(blames), changed_at)
