"""A plan: what should have been concluded and done in one run, by the names of that run."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.actions import Action
from domain.base import Value
from domain.cluster import Ref
from domain.diagnosis import Cause
from domain.lessons import Source

MOST_WORDS = 400
Words = Annotated[str, Field(max_length=MOST_WORDS)]


class Plan(Value):
    """Corrective guidance for one run; the Evolver's own answer when it is a model."""

    anomaly: bool
    cause: Cause | None = None
    component: Ref | None = None
    """Whom to blame."""
    action: Action | None = None
    """The one write that helps; `None` where none does."""
    phrases: Annotated[tuple[Annotated[str, Field(min_length=4, max_length=120)], ...], Field(max_length=2)] = ()
    """Words that logs or events of what is suspected hold in such a case, and in others not."""
    why: Words
    """What it is, in a sentence."""
    advice: Words = ""
    """For people, where no write helps."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.anomaly == (self.cause is None or self.component is None):
            raise ValueError("a plan names a cause and a component, or says that nothing is wrong")
        if not self.anomaly and self.action is not None:
            raise ValueError("where nothing is wrong there is nothing to do; leave the action out")
        return self


class Proposed(Value):
    """A plan and where it came from."""

    plan: Plan
    source: Source
    by: tuple[str, ...] = ()
    """Who said so."""
