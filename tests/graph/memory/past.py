"""Past incidents by hand."""

from datetime import UTC, datetime

from domain.actions import Action
from domain.cluster import Ref
from domain.diagnosis import Cause
from domain.feedback import Correction
from domain.incident import Origin, Status
from domain.memory import Attempt, Fate, Memory, Reason, Recollection, Symptom

THEN = datetime(2026, 5, 3, 4, 0, tzinfo=UTC)


def attempt(action: Action, fate: Fate, cause: Cause = Cause.IMAGE_PULL, reason: str = "") -> Attempt:
    by = "U9" if fate is Fate.REJECTED else ""
    return Attempt(action=action.action, target=action.target, cause=cause, fate=fate, by=by, reason=reason)


def past(
    *attempts: Attempt,
    name: str = "inc-old",
    at: datetime = THEN,
    subject: Ref | None = None,
    corrections: tuple[Correction, ...] = (),
) -> Memory:
    return Memory(
        incident_id=name,
        seq=9,
        at=at,
        origin=Origin(surface="slack", channel="C7", thread="1690000000.000100", user="U9"),
        status=Status.RESOLVED,
        question="web is down",
        root_cause="The tag web:2 does not exist.",
        cause=Cause.IMAGE_PULL,
        symptoms=(Symptom(cause=Cause.IMAGE_PULL, kind="Deployment"),),
        subjects=(subject,) if subject else (),
        statements=(),
        attempts=attempts,
        corrections=corrections,
    )


def recollection(memory: Memory, *reasons: Reason) -> Recollection:
    return Recollection(memory=memory, reasons=reasons or (Reason.SAME_WORKLOAD, Reason.SAME_SYMPTOMS), score=1.0)
