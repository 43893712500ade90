"""The parts of the reward stay within 0 and 1 whatever is said, and what is more right is never worth less."""

import json
from math import fsum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cluster import Ref
from learn.reward.aim import is_of, near
from learn.reward.service import WEIGHTS, Scores
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
    says,
)

FEW = settings(max_examples=50, deadline=None, derandomize=True)
STEPS = st.sampled_from([REPAIR, ANSWER, HEALTHY, UNSEEN])
SHARES = st.floats(0, 1)
OBJECTS = st.sampled_from([str(WEB), *dict.fromkeys(str(finding.subject) for finding in NOISE), "Node node-1"])
CITES = st.lists(st.sampled_from([SEEN.id, *(finding.id for finding in NOISE)]), unique=True)
HELD = st.lists(st.builds(held, st.sampled_from(["image-pull", "disk-full"]), OBJECTS, SHARES), max_size=4)
LOOKS = st.sampled_from(
    [{"probe": "describe", "target": str(WEB)}, {"probe": "events"}, {"probe": "logs", "pod": "api-1"}]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def replies(draw: st.DrawFn) -> dict[str, Any]:
    """Replies that can be carried out, right and wrong ones."""
    common = {
        "summary": draw(st.text(min_size=1, max_size=80)) + " " + draw(OBJECTS),
        "hypotheses": draw(HELD),
        "target": draw(OBJECTS),
        "cites": draw(CITES),
        "confidence": draw(SHARES),
    }
    match draw(st.sampled_from(["probe", "propose", "conclude"])):
        case "probe":
            return probes(*draw(st.lists(LOOKS, min_size=1, max_size=4)), **common)
        case "propose":
            return proposes(**common)
        case _:
            blamed = draw(st.lists(OBJECTS, max_size=4))
            return concludes({"components": blamed, "anomaly": draw(st.booleans())}, **common)


def within(found: Scores) -> bool:
    values = [*found.model_dump().values(), found.reward]
    return all(0 <= value <= 1 for value in values)


def test_the_weights_are_those_of_the_paper() -> None:
    """60 % on coherent reasoning and on aiming at the right resource."""
    assert set(WEIGHTS) == set(Scores.model_fields)
    assert fsum(WEIGHTS.values()) == 1
    assert fsum((WEIGHTS["context_instruction"], WEIGHTS["context_namespace"])) == 0.6


@FEW
@given(STEPS, replies())
def test_every_part_of_every_reply_is_within_0_and_1(step: Step, reply: dict[str, Any]) -> None:
    assert within(step.judged(reply))


@FEW
@given(
    STEPS,
    st.text(max_size=60)
    | JSON.map(json.dumps)
    | st.builds(lambda text: json.dumps(says())[:-text], st.integers(1, 400)),
)
def test_what_cannot_be_read_is_worth_its_form_and_nothing_else(step: Step, text: str) -> None:
    found = step.judged(text)
    assert within(found)
    assert found == Scores(
        format=found.format, summary=0, action=0, context_instruction=0, context_namespace=0, confidence=0
    )
    assert found.format <= 0.5


@FEW
@given(st.lists(st.sampled_from(sorted(says())), unique=True, min_size=1))
def test_a_reply_without_some_of_its_fields_is_worth_less_form_with_each(fields: list[str]) -> None:
    reply = proposes()
    worth = [REPAIR.judged(reply).format]
    for name in fields:
        reply = {key: value for key, value in reply.items() if key != name}
        worth.append(REPAIR.judged(reply).format)
    # Hypotheses and citations may be left out by what reads a reply, so that leaving them out first costs nothing.
    assert worth == sorted(worth, reverse=True)
    assert worth[-1] < 1 or set(fields) <= {"hypotheses", "cites"}


@FEW
@given(SHARES, SHARES)
def test_the_score_of_confidence_is_proper(honest: float, said: float) -> None:
    """Whoever is right in a share of the steps earns most, on average, by saying that share."""

    def earned(confidence: float) -> float:
        right = REPAIR.judged(proposes(confidence=confidence)).confidence
        wrong = REPAIR.judged(concludes(confidence=confidence)).confidence
        return honest * right + (1 - honest) * wrong

    assert earned(honest) >= earned(said) - 1e-9


@FEW
@given(st.lists(OBJECTS.filter(lambda text: text != str(WEB)), max_size=5))
def test_the_more_is_blamed_beside_it_the_worse_is_the_aim(beside: list[str]) -> None:
    worth = [
        ANSWER.judged(concludes({"components": [str(WEB), *beside[:count]]})).context_namespace
        for count in range(len(beside) + 1)
    ]
    assert worth[0] == 1
    assert worth == sorted(worth, reverse=True)
    swapped = ANSWER.judged(concludes({"components": [*beside, str(WEB)]})).context_namespace
    assert swapped <= worth[-1]


@FEW
@given(st.permutations([finding.id for finding in NOISE]))
def test_the_more_is_cited_beside_it_the_worse_is_the_evidence(noise: list[str]) -> None:
    worth = [
        ANSWER.judged(concludes(cites=[SEEN.id, *noise[:count]])).context_instruction
        for count in range(len(noise))
    ]
    assert worth == sorted(set(worth), reverse=True)


@FEW
@given(st.permutations([held("disk-full"), held(subject=str(API)), held()]))
def test_a_right_belief_is_worth_more_the_earlier_it_stands(hypotheses: list[dict[str, Any]]) -> None:
    """The surest stands first, whatever the order of the reply."""
    sure = [0.9, 0.6, 0.3]
    ranked = [one | {"confidence": confidence} for one, confidence in zip(hypotheses, sure, strict=True)]
    rank = [one["cause"] == "image-pull" and one["subject"] == str(WEB) for one in ranked].index(True)
    first = ANSWER.judged(concludes(hypotheses=[held()])).context_instruction
    found = ANSWER.judged(concludes(hypotheses=ranked)).context_instruction
    assert found == first if rank == 0 else found < first


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"cause": "disk-full"}, "action"),
        ({"components": [str(API)]}, "action"),
        ({"system_level": "Hardware"}, "action"),
        ({"fault_type": "Code Defect"}, "action"),
        ({"resolved": True}, "action"),
        ({"anomaly": False}, "action"),
        ({"components": []}, "context_namespace"),
        ({"components": ["Service prod/web"]}, "context_namespace"),
    ],
)
def test_each_mistake_in_an_answer_costs_something(change: dict[str, Any], part: str) -> None:
    right, wrong = ANSWER.judged(concludes()), ANSWER.judged(concludes(change))
    assert getattr(wrong, part) < getattr(right, part)
    assert wrong.reward < right.reward


def test_a_write_is_worth_the_more_the_liker_it_is_to_the_right_one() -> None:
    def worth(do: dict[str, Any], target: str = str(WEB)) -> float:
        return REPAIR.judged(says(action="propose", target=target, instruction={"why": "w", "do": do})).action

    right = {"action": "roll_back", "revision": 3}
    values = [
        worth(right),
        worth({"action": "roll_back", "revision": 2}),
        worth({"action": "restart"}),
        worth(right, str(API)),
    ]
    assert values == sorted(set(values), reverse=True)
    assert (values[0], values[-1]) == (1, 0)


def test_an_object_stands_for_what_made_it_and_not_for_its_namesakes_relatives() -> None:
    def ref(kind: str, name: str) -> Ref:
        return Ref(kind=kind, name=name, namespace="prod")

    assert is_of(ref("Pod", "web-789f5bb64c-p69rx"), WEB)
    assert is_of(ref("ReplicaSet", "web-789f5bb64c"), WEB)
    assert is_of(ref("Pod", "web-0"), WEB)
    assert not is_of(ref("Pod", "web-db-789f5bb64c-p69rx"), WEB)
    assert not is_of(ref("Pod", "web-mysql-0"), WEB)
    assert not is_of(Ref(kind="Pod", name="web-0", namespace="other"), WEB)
    assert near(ref("Service", "web"), (API, WEB)) == 0.5
    assert near(None, (WEB,)) == near(ref("Service", "api"), (WEB,)) == 0


def test_no_news_is_good_news_where_nothing_is_wrong() -> None:
    assert HEALTHY.judged(all_well()).model_dump(exclude={"confidence"}) == dict.fromkeys(
        ["format", "summary", "action", "context_instruction", "context_namespace"], 1
    )
    assert HEALTHY.judged(all_well(summary="Pod prod/db-0 and Service prod/cart look well.")).summary < 1
