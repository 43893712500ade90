"""Of several decisions on the same case, the one that most of them are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from domain.decisions import Conclude, Decision, Probe, Propose
from domain.ports import Sight
from graph.model.client import Reply


@dataclass(frozen=True)
class Drawn:
    """A reply that can be read, and what it decides."""

    reply: Reply
    decision: Decision


def agreed(drawn: Sequence[Drawn], sight: Sight) -> Drawn:
    """The surest of those whose kind and target most share; a tie goes to what AOI's rules suspect first."""
    votes = Counter(key_of(each.decision) for each in drawn)

    def rank(each: Drawn) -> tuple[float, ...]:
        return -votes[key_of(each.decision)], _place(each.decision, sight), -each.decision.confidence

    return min(drawn, key=rank)


def key_of(decision: Decision) -> tuple[str, ...]:
    """The kind of a decision and what it is about: two that share it mean the same."""
    match decision:
        case Probe():
            return ("probe",)
        case Propose(action=action):
            return "propose", action.action, str(action.target)
        case Conclude(diagnosis=found):
            return "conclude", str(found.cause or ""), *(str(ref) for ref in found.components[:1])
        case _:
            assert_never(decision)


def _place(decision: Decision, sight: Sight) -> int:
    """Where the rules have what the decision is about: first for the best suspicion, last where they have not."""
    for place, hypothesis in enumerate(sight.hypotheses):
        match decision:
            case Propose(action=action) if action in hypothesis.actions:
                return place
            case Conclude(diagnosis=found) if hypothesis.subject in found.components[:1]:
                return place
            case _:
                continue
    return len(sight.hypotheses)
