"""What a step should have decided, and what it was shown: enough to judge a reply anywhere, without the run."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.actions import Action
from domain.base import Value
from domain.cluster import Ref
from domain.diagnosis import Cause, FaultType, SystemLevel

Kind = Literal["probe", "propose", "conclude"]


class Authority(StrEnum):
    """Who says what is right, the weightiest first."""

    LAB = "lab"
    """The scenario's truth."""
    VERIFIED = "verified"
    """A repair after which the symptom stayed away."""
    PERSON = "person"
    """Somebody corrected AOI, or wrote the action that was asked for."""
    LESSON = "lesson"
    """What the Evolver made of earlier runs."""


class Reference(Value):
    """What one step should have decided."""

    says: Authority
    kinds: tuple[Kind, ...] = Field(min_length=1)
    """Kinds of decision that are right at this step."""
    anomaly: bool
    causes: tuple[Cause, ...] = ()
    """Any of these is right; empty where nobody knows."""
    components: tuple[Ref, ...] = ()
    """Any of these is right as the first to blame; empty where nothing is wrong, or nobody knows."""
    system_level: SystemLevel | None = None
    fault_type: FaultType | None = None
    actions: tuple[Action, ...] = ()
    """Writes that would be right now; empty where none is known. An undo stands without its change."""
    namespace: str | None = None
    """Where the fault is; `None` where nobody knows, or it is in none."""
    findings: tuple[str, ...] = ()
    """Ids of the findings that were shown and bear on it."""
    resolved: bool | None = None
    """What a conclusion should say of being over; `None` for either."""


class Shown(Value):
    """What a step was shown, as far as a reply can be right or wrong by it."""

    namespaces: tuple[str, ...]
    """The scope; empty where it was not known."""
    findings: dict[str, Ref]
    """The object of each finding that may be cited, by the finding's id."""
    probes: int = Field(ge=0)
    """Calls that the decision may hold."""
    proposing: bool
    undo: Ref | None = None
    """The object whose last change can be taken back."""
    due: bool = False
    """Whether it has to be, before anything else is changed or the run ends."""
    done: tuple[str, ...] = ()
    """Probes that were run already, as people read them."""
