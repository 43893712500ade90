"""Lessons by hand."""

from datetime import timedelta
from typing import Any

from domain.diagnosis import Cause
from domain.lessons import (
    Conclusion,
    Do,
    Judgement,
    Lesson,
    Parts,
    Place,
    Provenance,
    Role,
    Signature,
    Source,
    State,
    Text,
)
from domain.memory import Symptom
from tests.fakes import START

PULL = Symptom(cause=Cause.IMAGE_PULL, kind="Deployment")
ERRORS = Symptom(cause=Cause.APPLICATION_ERROR, kind="Deployment")
AT_FAULT = Place(role=Role.SUBJECT, kind="Deployment")
NAMED = Place(role=Role.NAMED, kind="Deployment")
WELL = Parts(success=1, answer=1, harmless=1)
BADLY = Parts(success=0, answer=0, harmless=1)


def when(*symptoms: Symptom, texts: tuple[str, ...] = (), absent: tuple[Symptom, ...] = ()) -> Signature:
    """A signature."""
    found = tuple(Text(pattern=text) for text in texts)
    return Signature(symptoms=symptoms or (PULL,), texts=found, absent=absent)


def replayed(passed: int = 3, tried: int = 3) -> Judgement:
    """Judged by replay."""
    return Judgement(how="replay", seeds=tuple(range(tried)), renamed=True, passed=passed, parts=WELL)


def lesson(name: str = "les-1", **told: Any) -> Lesson:
    """Rolls back what cannot be pulled, because Ada said so; `told` changes that."""
    proof = told.pop("judgement", replayed())
    provenance = Provenance(source=Source.CORRECTION, incidents=("inc-old",), by=("U0ADA",), judgement=proof)
    given: dict[str, Any] = {
        "id": name,
        "state": State.ACTIVE,
        "signature": when(),
        "conclude": Conclusion(cause=Cause.IMAGE_PULL, blame=AT_FAULT),
        "do": Do(action="roll_back", target=AT_FAULT),
        "says": "{blame} asks for a tag that was never pushed.",
        "provenance": provenance,
        "created": START,
        "expires": START + timedelta(days=90),
    }
    return Lesson.model_validate({**given, **told})
