"""What was done, and whether it helped."""

from datetime import datetime
from enum import StrEnum

from domain.base import Value


class Effect(StrEnum):
    """Where an execution stands."""

    REQUESTED = "requested"
    """Granted and waiting for the executor."""
    INTENDED = "intended"
    """The intent is on record; the write may or may not have happened."""
    DONE = "done"
    REFUSED = "refused"
    """A check or the API server refused it; nothing was changed."""
    FAILED = "failed"
    """The API server answered with an error; nothing was changed."""
    UNKNOWN = "unknown"
    """It cannot be told whether the write happened; a person must look."""

    @property
    def final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self not in (Effect.REQUESTED, Effect.INTENDED)


class Execution(Value):
    """A row of the ledger, keyed by the proposal."""

    proposal_id: str
    effect: Effect
    detail: str = ""
    """One sentence, redacted."""
    requested_at: datetime
    intended_at: datetime | None = None
    finished_at: datetime | None = None
    executor: str | None = None


class Improvement(StrEnum):
    """What a fresh look after an action shows."""

    RESOLVED = "resolved"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSE = "worse"

    @property
    def in_vain(self) -> bool:
        """Whether the action did not help."""
        return self in (Improvement.UNCHANGED, Improvement.WORSE)


class Verification(Value):
    """A fresh look after an action, compared with before."""

    improvement: Improvement
    detail: str
    """One sentence: what the symptom does now and what else broke."""
    remaining: tuple[str, ...] = ()
    """Keys of the hypotheses that still stand."""
    new: tuple[str, ...] = ()
    """Keys of the suspicions that were not there before."""
    seconds: float
    """How long was watched."""
