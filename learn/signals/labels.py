"""Labels: what shows that a run, or one decision in it, was good or bad, and who says so.

Each act counts once, by the table `SIGNS`. What contradicts itself is kept; `learn.signals.verdict` resolves it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from domain.base import Value


class Source(StrEnum):
    """Whose word it is, the weightiest first."""

    LAB = "lab"
    WORLD = "world"
    """What was seen of the cluster."""
    PERSON = "person"


class Sign(StrEnum):
    """What was observed."""

    GRADED = "graded"
    """By the lab's strict grader: the run, and the conclusion by its answer."""
    VERIFIED = "verified"
    """The look after a change: good or bad."""
    UNDONE = "undone"
    FAILED = "failed"
    """A guardrail, the API server or a probe would not have it."""
    CAME_BACK = "came-back"
    """The same trouble within a day of its end."""
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    """Another action was put in its place."""
    THUMB = "thumb"
    CORRECTED = "corrected"
    """Somebody wrote what it really was."""


SIGNS: Final[Mapping[Sign, tuple[Source, float]]] = {
    Sign.GRADED: (Source.LAB, 1.0),
    Sign.VERIFIED: (Source.WORLD, 1.0),
    Sign.UNDONE: (Source.WORLD, 0.75),
    Sign.FAILED: (Source.WORLD, 0.25),
    Sign.CAME_BACK: (Source.WORLD, 1.0),
    Sign.APPROVED: (Source.PERSON, 0.25),
    Sign.REJECTED: (Source.PERSON, 0.75),
    Sign.EDITED: (Source.PERSON, 0.5),
    Sign.THUMB: (Source.PERSON, 0.5),
    Sign.CORRECTED: (Source.PERSON, 1.0),
}
"""The source and the weight of each sign."""


class Label(Value):
    """One word on a run or on one of its decisions."""

    episode: str
    step: int | None
    """Journal entry of the decision; `None` for the run as a whole."""
    sign: Sign
    source: Source
    by: str = ""
    """Who, where it was a person."""
    worth: float = Field(ge=-1, le=1)
    """From bad to good."""
    weight: float = Field(ge=0, le=1)
    at: datetime
    note: str = ""
    """What they wrote, where it was a person."""
