"""What a person's words name of the things that a run knows: its causes, its objects, its repairs.

Nothing is guessed: a word counts that AOI itself has for the thing, and an object or a repair only if it occurs in
the run.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from domain.actions import Action
from domain.cluster import Ref
from domain.diagnosis import Cause, Hypothesis
from domain.episodes import Truth
from domain.feedback import Correction
from domain.journal import Asked, Trajectory, Triaged, Verified
from graph.policies.texts import Texts, load_texts

_T = TypeVar("_T")
_ALL_WELL = re.compile(
    r"(?i)\b(?:nothing (?:is|was) wrong|false alarm|no (?:fault|incident|problem)|works as intended)\b"
)


def read_correction(correction: Correction, trajectory: Trajectory) -> Truth | None:
    """The truth as far as the words name it; `None` where they name nothing that the run knows."""
    if _ALL_WELL.search(correction.cause):
        return Truth(anomaly=False)
    texts = load_texts()
    causes = tuple(_causes(correction.cause, texts))
    components = _objects(correction.cause, trajectory)
    repairs = tuple(_repairs(correction.helped, trajectory, texts))
    if not (causes or components or repairs):
        return None
    held = [
        h for h in _hypotheses(trajectory) if h.cause in causes and (not components or h.subject in components)
    ]
    return Truth(
        anomaly=True,
        causes=causes,
        components=components or _unique(h.subject for h in held) or _unique(action.target for action in repairs),
        repairs=repairs,
    )


def _causes(text: str, texts: Texts) -> Iterator[Cause]:
    for cause in Cause:
        if any(
            _has(text, name) for name in (cause.value, cause.value.replace("-", " "), texts.causes[cause].called)
        ):
            yield cause


def _objects(text: str, trajectory: Trajectory) -> tuple[Ref, ...]:
    """Objects of the run by their names; those whose kind is named too, where there are such."""
    named = [ref for ref in _known(trajectory) if _has(text, ref.name)]
    exact = [ref for ref in named if _has(text, ref.kind)]
    return tuple(exact or named)


def _repairs(text: str, trajectory: Trajectory, texts: Texts) -> Iterator[Action]:
    """Repairs that were at hand and that the words ask for, by name and, where they name one, by object."""
    at_hand = _unique(
        (
            *(action for hypothesis in _hypotheses(trajectory) for action in hypothesis.actions),
            *(proposal.plan.action for proposal in trajectory.proposals),
            *(entry.step.action for entry in trajectory.entries if isinstance(entry.step, Asked)),
        )
    )
    wanted = [action for action in at_hand if action.action in texts.actions and texts.asks_for(text, action)]
    exact = [action for action in wanted if _has(text, action.target.name)]
    return iter(exact or wanted)


def _hypotheses(trajectory: Trajectory) -> Iterator[Hypothesis]:
    for entry in trajectory.entries:
        if isinstance(entry.step, Triaged | Verified):
            yield from entry.step.hypotheses


def _known(trajectory: Trajectory) -> tuple[Ref, ...]:
    """Every object that the run has seen, in order."""
    held = list(_hypotheses(trajectory))
    return _unique(
        (
            *(hypothesis.subject for hypothesis in held),
            *(finding.subject for finding in trajectory.findings.values()),
            *(ref for hypothesis in held for ref in hypothesis.affected),
            *(action.target for hypothesis in held for action in hypothesis.actions),
        )
    )


def _unique(things: Iterable[_T]) -> tuple[_T, ...]:
    found: list[_T] = []
    for thing in things:
        if thing not in found:  # some actions hold dicts, which have no hash
            found.append(thing)
    return tuple(found)


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE) is not None
