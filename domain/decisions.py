"""What the Observer returns at a step."""

from typing import Annotated, Literal

from pydantic import Field

from domain.actions import Action
from domain.base import Value
from domain.diagnosis import Diagnosis, Hypothesis
from domain.probes import ProbeCall

MOST_CALLS = 8
"""Probes that one decision may ask for."""


class StandIn(Value):
    """Another policy decided in place of the one that was asked."""

    policy: str
    why: str
    """One sentence for the people in the thread."""


class _Decided(Value):
    """What every decision says, whatever it asks for."""

    summary: str
    """What is known so far, in a sentence or two, for the card."""
    hypotheses: tuple[Hypothesis, ...] = ()
    cites: tuple[str, ...] = ()
    """Finding ids that the decision rests on."""
    confidence: float = Field(ge=0, le=1)
    """Shown to people and scored in training; it never gates a write."""
    stand_in: StandIn | None = None
    """Set when the policy that was asked could not decide."""


class Probe(_Decided):
    """Look further before judging."""

    kind: Literal["probe"] = "probe"
    calls: tuple[ProbeCall, ...] = Field(min_length=1, max_length=MOST_CALLS)


class Propose(_Decided):
    """Ask the people for one write."""

    kind: Literal["propose"] = "propose"
    action: Action
    why: str
    """Why this should help, in one sentence."""


class Conclude(_Decided):
    """Answer, and end the run."""

    kind: Literal["conclude"] = "conclude"
    diagnosis: Diagnosis
    resolved: bool
    """Nothing is wrong, or the repair was verified; false hands over to people."""
    advice: str = ""
    """What a person should do next when AOI cannot do it."""


Decision = Annotated[Probe | Propose | Conclude, Field(discriminator="kind")]
