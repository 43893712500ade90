"""Long-term memory: what stays of an incident that has ended, and how it comes back to mind.

Everything in it was read from the journal, which is redacted already.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from domain.base import Value
from domain.cluster import Ref
from domain.diagnosis import Cause
from domain.feedback import Correction
from domain.incident import Origin, Status


class Symptom(Value):
    """One typed symptom: a cause and the kind of object it was seen at. The object's name is left out."""

    cause: Cause
    kind: str

    def __str__(self) -> str:
        return f"{self.cause.value} {self.kind}"


class Fate(StrEnum):
    """What became of a repair that was proposed."""

    RESOLVED = "resolved"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    UNDONE = "undone"
    """Carried out and taken back, whatever it did first."""
    REJECTED = "rejected"
    NOT_DONE = "not-done"
    """Expired, superseded, refused or failed: nothing was changed."""
    UNKNOWN = "unknown"
    """Carried out, and nobody knows what it did."""

    @property
    def good(self) -> bool:
        """Whether it did what it was for."""
        return self is Fate.RESOLVED

    @property
    def bad(self) -> bool:
        """Whether it speaks against trying the same again."""
        return self in (Fate.UNCHANGED, Fate.WORSE, Fate.UNDONE, Fate.REJECTED)


class Attempt(Value):
    """One repair that was proposed, and what became of it."""

    action: str
    """The kind of action, such as `roll_back`."""
    target: Ref
    cause: Cause | None
    """Of the hypothesis that it treated; `None` when a person asked for it and no hypothesis fits."""
    fate: Fate
    by: str = ""
    """Who rejected it."""
    reason: str = ""
    """Why they rejected it, in their words."""


class Memory(Value):
    """What is remembered of one incident."""

    incident_id: str
    seq: int
    """How long its journal was when this was written down; a longer one replaces it."""
    at: datetime
    """When it ended."""
    origin: Origin
    status: Status
    question: str
    root_cause: str
    cause: Cause | None
    symptoms: tuple[Symptom, ...]
    """The signature: sorted, each once."""
    subjects: tuple[Ref, ...]
    """The objects at fault."""
    statements: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    corrections: tuple[Correction, ...]
    """What people said it really was."""

    @property
    def text(self) -> str:
        """The words that it is found by."""
        said = (word for correction in self.corrections for word in (correction.cause, correction.helped))
        return "\n".join(dict.fromkeys((self.question, self.root_cause, *self.statements, *said)))


class Cue(Value):
    """What an incident under way brings to mind by."""

    incident_id: str
    """Left out of what comes back."""
    symptoms: tuple[Symptom, ...]
    subjects: tuple[Ref, ...]
    text: str


class Reason(StrEnum):
    """Why an incident came back to mind."""

    SAME_WORKLOAD = "same-workload"
    SAME_SYMPTOMS = "same-symptoms"
    SOME_SYMPTOMS = "some-symptoms"
    """Part of the symptoms are the same."""
    SAME_WORDS = "same-words"


class Recollection(Value):
    """A past incident that came back to mind."""

    memory: Memory
    reasons: tuple[Reason, ...] = Field(min_length=1)
    score: float
    """By symptoms and words; more is more alike. Comparable within one answer only."""

    @property
    def by_symptoms(self) -> bool:
        """Whether it looked the same, and not only sounded alike."""
        return Reason.SAME_SYMPTOMS in self.reasons or Reason.SOME_SYMPTOMS in self.reasons
