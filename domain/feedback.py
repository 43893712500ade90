"""What people thought of it."""

from datetime import datetime
from enum import StrEnum

from domain.base import Value


class Thumb(StrEnum):
    """A verdict in one key."""

    UP = "up"
    DOWN = "down"


class Correction(Value):
    """What a person says it really was."""

    cause: str
    helped: str = ""


class Feedback(Value):
    """A thumb on a step or on the outcome; the last one of a user on a target counts, unless it is taken back."""

    incident_id: str
    target: str
    """`outcome`, or `step:SEQ` for one journal entry."""
    user: str
    thumb: Thumb
    correction: Correction | None = None
    at: datetime
