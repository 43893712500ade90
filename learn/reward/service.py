"""The reward of a reply: its six parts, and their weighted sum."""

from collections.abc import Mapping
from math import fsum
from typing import Any, Final

from pydantic import Field

from domain.base import Value
from domain.references import Reference, Shown
from learn.reward import parts
from learn.reward.shown import Said, said

WEIGHTS: Final[Mapping[str, float]] = {
    "format": 0.05,
    "summary": 0.05,
    "action": 0.20,
    "context_instruction": 0.30,
    "context_namespace": 0.30,
    "confidence": 0.10,
}
"""They sum to 1; 0.6 of it is on coherent reasoning (`context_instruction`) and on aiming at the right resource
(`context_namespace`), as in the paper (arXiv 2603.03378)."""


class Scores(Value):
    """What each part of a reply is worth, 0 to 1."""

    format: float = Field(ge=0, le=1)
    summary: float = Field(ge=0, le=1)
    action: float = Field(ge=0, le=1)
    context_instruction: float = Field(ge=0, le=1)
    context_namespace: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)

    @property
    def reward(self) -> float:
        """The weighted sum, 0 to 1."""
        return fsum(weight * float(getattr(self, name)) for name, weight in WEIGHTS.items())


def score_row(row: Mapping[str, Any], text: str) -> Mapping[str, float]:
    """The parts for a completion to a row of `prompts.jsonl`."""
    shown, reference = Shown.model_validate_json(row["shown"]), Reference.model_validate_json(row["reference"])
    return scores(text, shown, reference).model_dump()


def scores(text: str, shown: Shown, reference: Reference) -> Scores:
    """What a reply is worth at a step. Pure: it needs nothing but these three, in whatever process."""
    return judged(said(text, shown), shown, reference)


def judged(reply: Said, shown: Shown, reference: Reference) -> Scores:
    """The same of a reply that was read already."""
    worth = parts.action(reply, shown, reference)
    return Scores(
        format=parts.form(reply),
        summary=parts.summary(reply, shown, reference),
        action=worth,
        context_instruction=parts.context_instruction(reply, shown, reference),
        context_namespace=parts.context_namespace(reply, shown, reference),
        confidence=parts.confidence(reply, worth),
    )
