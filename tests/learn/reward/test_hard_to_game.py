"""Replies that try to be paid without being right are worth less than an honest right one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.diagnosis import Cause
from domain.references import Authority
from tests.graph.policies.story import SEEN, WEB
from tests.learn.scene import (
    ANSWER,
    API,
    HEALTHY,
    NOISE,
    REPAIR,
    UNSEEN,
    Step,
    all_well,
    concludes,
    held,
    probes,
    proposes,
)

CLEARLY = 0.02
"""By how much less at least; a summary alone has a weight of 0.05."""
EVERYTHING = [str(WEB), *dict.fromkeys(str(finding.subject) for finding in NOISE)]
EVERY_FINDING = [SEEN.id, *(finding.id for finding in NOISE)]
PROMPT = "\n".join(f"{finding.id} {finding.subject}: {finding.text}" for finding in (SEEN, *NOISE)) * 5
HEDGED = [held("quota-exceeded"), held("application-error", str(API)), held("dependency-down"), held()]
Honest = Callable[..., dict[str, Any]]
Reply = dict[str, Any] | str

TRICKS: dict[str, Callable[[Honest], Reply]] = {
    "an empty summary": lambda honest: honest(summary=""),
    "a summary of one word": lambda honest: honest(summary="web"),
    "a summary of keywords": lambda honest: honest(summary=" ".join([*EVERYTHING, *Cause])),
    "the prompt as summary": lambda honest: honest(summary=PROMPT),
    "the prompt itself": lambda honest: PROMPT,
    "nothing": lambda honest: "",
    "an empty object": lambda honest: {},
    "two replies at once": lambda honest: 2 * json.dumps(honest()),
    "every finding cited": lambda honest: honest(cites=EVERY_FINDING),
    "nothing cited": lambda honest: honest(cites=[]),
    "every hypothesis, the right one last": lambda honest: honest(hypotheses=HEDGED),
    "no hypothesis": lambda honest: honest(hypotheses=[]),
    "never sure": lambda honest: honest(confidence=0),
    "another object blamed": lambda honest: honest(hypotheses=[held(subject=str(API))]),
    "another namespace": lambda honest: honest(namespace="kube-system"),
    "all is well": lambda honest: all_well(),
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
@pytest.mark.parametrize(("step", "honest"), [(REPAIR, proposes), (ANSWER, concludes)], ids=["repair", "answer"])
def test_a_trick_is_worth_less_than_an_honest_right_reply(
    step: Step, honest: Honest, trick: Callable[[Honest], Reply]
) -> None:
    best = step.reward(honest())
    assert best > 0.95
    assert step.reward(trick(honest)) < best - CLEARLY


def test_to_blame_everything_is_worth_less_than_to_blame_what_is_wrong() -> None:
    wide = concludes({"components": EVERYTHING})
    assert ANSWER.judged(wide).context_namespace < 0.7
    assert ANSWER.reward(wide) < ANSWER.reward(concludes()) - 0.1


def test_to_look_for_ever_or_to_give_up_is_worth_less_than_to_act() -> None:
    best = REPAIR.reward(proposes())
    assert REPAIR.reward(probes({"probe": "describe", "target": str(WEB)})) < best - 0.1
    assert REPAIR.reward(concludes()) < best - 0.1


def test_a_write_where_nothing_is_wrong_is_worth_least_of_all_that_can_be_carried_out() -> None:
    right = HEALTHY.reward(all_well())
    assert right > 0.95
    harmful = HEALTHY.reward(proposes(cites=[]))
    assert harmful < HEALTHY.reward(probes({"probe": "volumes"}, cites=[])) < right
    assert harmful < HEALTHY.reward(concludes(cites=[])) + 0.05
    assert harmful < 0.3


def test_who_always_says_1_earns_less_than_who_says_how_often_it_is_right() -> None:
    """Right in one step of two: the honest confidence is a half."""
    steps = ((REPAIR, proposes), (REPAIR, concludes))

    def earned(confidence: float) -> float:
        return sum(step.judged(reply(confidence=confidence)).confidence for step, reply in steps)

    assert earned(0.5) > earned(0.9) > earned(1.0)
    assert earned(0.5) > earned(0.1) > earned(0.0)


def test_the_same_look_again_is_worth_nothing() -> None:
    look = {"probe": "describe", "target": "Pod prod/api-1"}
    once = UNSEEN.judged(probes(look, cites=[])).action
    assert UNSEEN.judged(probes(look, look, cites=[])).action == once / 2
    done = UNSEEN.shown.model_copy(update={"done": ("describe target=Pod prod/api-1",)})
    assert Step(done, UNSEEN.reference).judged(probes(look, cites=[])).action == 0


def test_a_guess_before_anything_is_seen_is_worth_less_than_a_look() -> None:
    assert UNSEEN.reference.kinds == ("probe",)
    look = probes({"probe": "events"}, hypotheses=[held(confidence=0.3)], cites=[], confidence=0.8)
    assert UNSEEN.reward(look) > UNSEEN.reward(proposes(cites=[])) + 0.1
    assert UNSEEN.reference.says is Authority.LAB
