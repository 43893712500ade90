"""What past incidents say about the repairs at hand: their order, and nothing about guardrails or approval.

The rule: a repair of the same kind, on the same workload, for the same cause, that did not help, was taken back
or was rejected then, goes behind the others; one that resolved it then goes before the others of its hypothesis.
Where past incidents disagree, the newest counts. A suspicion that is not worth acting on by itself stays last.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import TypeVar

from domain.actions import Action
from domain.diagnosis import Hypothesis
from domain.memory import Attempt, Recollection

_T = TypeVar("_T")


class Word(IntEnum):
    """What the past says about a repair."""

    FOR = -1
    NOTHING = 0
    AGAINST = 1


def word_on(memories: Sequence[Recollection], hypothesis: Hypothesis, action: Action) -> Word:
    """What the newest past incident with such a repair says about it."""
    newest = sorted((r.memory for r in memories), key=lambda memory: memory.at, reverse=True)
    for memory in newest:
        for attempt in reversed(memory.attempts):
            if _same(attempt, hypothesis, action) and (attempt.fate.good or attempt.fate.bad):
                return Word.FOR if attempt.fate.good else Word.AGAINST
    return Word.NOTHING


def ordered(
    memories: Sequence[Recollection], repairs: Sequence[tuple[Hypothesis, Action, _T]], worth: float
) -> list[_T]:
    """The repairs in the order that the past suggests; in the given order where it is silent.

    Args:
        repairs: hypothesis, action and whatever stands for them, best first.
        worth: the confidence below which a hypothesis never comes before one above it.
    """
    words = [word_on(memories, hypothesis, action) for hypothesis, action, _ in repairs]
    if not any(words):
        return [one for _, _, one in repairs]
    place = {key: n for n, key in enumerate(dict.fromkeys(h.key for h, _, _ in repairs))}

    def rank(n: int) -> tuple[bool, bool, int, Word]:
        hypothesis = repairs[n][0]
        return hypothesis.confidence < worth, words[n] is Word.AGAINST, place[hypothesis.key], words[n]

    return [repairs[n][2] for n in sorted(range(len(repairs)), key=rank)]


def _same(attempt: Attempt, hypothesis: Hypothesis, action: Action) -> bool:
    return (attempt.action, attempt.target, attempt.cause) == (action.action, action.target, hypothesis.cause)
