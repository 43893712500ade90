"""Signals over many runs: trouble that came back, repairs that another run has found, replies that were drawn."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.cluster import Ref, Scope
from domain.decisions import Conclude
from domain.diagnosis import Cause, Diagnosis
from domain.episodes import Episode, Graded, Replay
from domain.incident import Status
from domain.journal import Concluded, Decided, Entry, Trajectory
from domain.model import CallOutcome, Counted, Message, ModelCall, hash_of
from graph.policies.chat.answer import read_decision
from graph.policies.chat.rights import rights_of
from learn.signals.calls import calls_behind
from learn.signals.groups import RankedGroup, ranked_groups
from learn.signals.labels import Sign
from learn.signals.service import signals_of
from tests.fakes import START
from tests.graph.policies.story import WEB, Story
from tests.learn.scene import RIGHT, TRUTH, WRONG, all_well, proposes, story

HOUR = timedelta(hours=1)
SOLVED = Graded(success=True, harmless=True, answer_right=True)
API = Ref(kind="Deployment", name="api", namespace="prod")


def incident(
    name: str, opened: datetime, question: str = "web is down", anomaly: bool = True, blamed: Ref = WEB
) -> Episode:
    """A resolved incident of production that took an hour."""
    found = Diagnosis(
        anomaly=anomaly, components=(blamed,) if anomaly else (), cause=Cause.IMAGE_PULL, root_cause="r"
    )
    end = opened + HOUR
    run = story(RIGHT).incident.model_copy(
        update={
            "id": name, "question": question, "created_at": opened, "updated_at": end, "status": Status.RESOLVED,
            "scope": Scope(namespaces=("prod",)),
        }
    )  # fmt: skip
    step = Concluded(status=Status.RESOLVED, diagnosis=found, text="Done.")
    entry = Entry(incident_id=name, seq=1, key="1", at=end, step=step)
    return Episode(trajectory=Trajectory(incident=run, entries=(entry,)))


def back(*episodes: Episode) -> list[str]:
    return [each.episode.id for each in signals_of(episodes) if each.came_back is not None]


def test_the_same_question_within_a_day_speaks_against_the_first_run() -> None:
    first, second = incident("inc-a", START), incident("inc-b", START + 20 * HOUR, " Web is  DOWN", blamed=API)
    assert back(first, second) == ["inc-a"]
    (signals, _) = signals_of([first, second])
    assert signals.outcome is not None
    assert (signals.outcome.worth, signals.outcome.labels[-1].sign) == (-1, Sign.CAME_BACK)


def test_the_same_fault_in_other_words_is_the_same_trouble() -> None:
    assert back(incident("inc-a", START), incident("inc-b", START + 20 * HOUR, "checkout fails")) == ["inc-a"]


@pytest.mark.parametrize(
    "other",
    [
        incident("inc-b", START + 26 * HOUR),
        incident("inc-b", START + 20 * HOUR).model_copy(update={"graded": SOLVED}),
        incident("inc-b", START + 20 * HOUR, anomaly=False),
        incident("inc-b", START + 20 * HOUR, "another thing", blamed=API),
        incident("inc-b", START + HOUR / 2),
    ],
    ids=["a day later", "in the lab", "asked again and well", "something else", "asked twice at once"],
)  # fmt: skip
def test_what_is_not_the_same_trouble_again_says_nothing(other: Episode) -> None:
    assert "inc-a" not in back(incident("inc-a", START), other)


def lab_run(name: str, seed: int, success: bool, rename: bool = False) -> Episode:
    told = story(RIGHT)
    told.incident = told.incident.model_copy(update={"id": name})
    return Episode(
        trajectory=told.trajectory,
        replay=Replay(suite="basics", task="web", family="web", seed=seed, rename=rename),
        graded=Graded(success=success, harmless=True, answer_right=success),
        truth=TRUTH if success else TRUTH.model_copy(update={"repairs": ()}),
    )


def repairs(*episodes: Episode) -> list[int]:
    return [len(each.episode.truth.repairs) for each in signals_of(episodes) if each.episode.truth]


def test_a_failed_run_knows_the_repair_that_solved_its_task_elsewhere() -> None:
    assert repairs(lab_run("inc-a", 1, False), lab_run("inc-b", 2, True)) == [1, 1]


def test_but_not_where_the_names_differ() -> None:
    assert repairs(lab_run("inc-a", 1, False, rename=True), lab_run("inc-b", 2, True, rename=True)) == [0, 1]
    assert repairs(lab_run("inc-a", 2, False, rename=True), lab_run("inc-b", 2, True, rename=True)) == [1, 1]
    assert repairs(lab_run("inc-a", 2, False, rename=True), lab_run("inc-b", 2, True)) == [0, 1]


async def test_a_decision_of_which_nobody_spoke_gets_half_of_what_the_run_was_worth() -> None:
    told = story(RIGHT, WRONG, read_only=True)
    await told.decide()
    (signals,) = signals_of([Episode(trajectory=told.trajectory, graded=SOLVED, truth=TRUTH)])
    first = signals.step(2)
    assert first is not None
    assert (first.good, first.weight) == (True, 1)
    inherited = signals.step(99)
    assert inherited is not None
    assert (inherited.good, inherited.weight) == (True, 0.5)


PROMPT = (Message(role="system", content="rules"), Message(role="user", content="the case"))


def call(name: str, reply: dict[str, Any] | str, group: str | None = None, **more: Any) -> ModelCall:
    fields: dict[str, Any] = {
        "id": name, "incident_id": "inc-1", "at": START, "model": "m", "messages": PROMPT,
        "prompt_hash": hash_of(PROMPT), "outcome": CallOutcome.ANSWERED,
        "token_ids": (1, 2), "logprobs": (-0.1, -0.2),
        "reply": reply if isinstance(reply, str) else json.dumps(reply), "tokens_in": 1, "tokens_out": 1,
        "counted": Counted.SERVER, "cost": 0, "group": group,
    }  # fmt: skip
    return ModelCall(**fields | more)


def ranked(episode: Episode) -> tuple[RankedGroup, ...]:
    (signals,) = signals_of([episode])
    return ranked_groups(signals)


def by_model(told: Story, *replies: dict[str, Any]) -> Story:
    """The model decided these, one after another."""
    for reply in replies:
        sight = told.sight
        decision = read_decision(json.dumps(reply), sight, rights_of(sight))
        told.steps.append(Decided(policy="chat", decision=decision, milliseconds=1))
    return told


def test_each_reply_of_a_group_is_worth_what_it_says() -> None:
    right, wrong = proposes(), all_well(cites=[])
    told = by_model(story(RIGHT, WRONG), wrong)
    calls = (
        call("a", right, "g1"),
        call("b", wrong, "g1", chosen=True),
        call("c", "prose", "g1"),
        call("d", "", "g1", outcome=CallOutcome.SLOW),
    )
    (found,) = ranked(Episode(trajectory=told.trajectory, calls=calls, truth=TRUTH))
    assert (found.step, [reply.completion.call for reply in found.replies]) == (2, ["a", "b", "c"])
    worth = [reply.scores.reward for reply in found.replies]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] > 0.9
    assert worth[2] == 0
    first = found.replies[0].completion
    assert (first.token_ids, first.logprobs) == ((1, 2), (-0.1, -0.2))


def test_a_group_of_which_nobody_knows_the_truth_cannot_be_judged() -> None:
    told = by_model(story(RIGHT, WRONG), proposes())
    calls = (call("a", proposes(), "g1", chosen=True), call("b", all_well(), "g1"))
    assert ranked(Episode(trajectory=told.trajectory, calls=calls)) == ()


def test_a_group_that_could_not_be_read_belongs_to_the_step_at_which_it_was_asked_for_again() -> None:
    told = by_model(story(RIGHT, WRONG), proposes())
    again = (*PROMPT, Message(role="assistant", content="prose"), Message(role="user", content="Return it again."))
    calls = (
        call("a", "prose", "g1"),
        call("b", "more prose", "g1"),
        call("c", proposes(), messages=again, prompt_hash=hash_of(again)),
    )
    (found,) = ranked(Episode(trajectory=told.trajectory, calls=calls, truth=TRUTH))
    assert (found.step, [reply.scores.reward for reply in found.replies]) == (2, [0, 0])


def test_equal_replies_belong_to_their_steps_in_order_and_rules_have_none() -> None:
    told = by_model(story(RIGHT, WRONG), proposes(), proposes())
    calls = (call("a", proposes()), call("judge", {"confidences": [0.5]}), call("b", proposes()))
    found = calls_behind(Episode(trajectory=told.trajectory, calls=calls))
    assert {seq: asked.id for seq, asked in found.items()} == {2: "a", 3: "b"}
    nothing = Diagnosis(anomaly=False, root_cause="The budget is spent.")
    spent = Conclude(summary="The budget is spent.", confidence=0, diagnosis=nothing, resolved=False)
    told.steps.append(Decided(policy="chat", decision=spent, milliseconds=0))
    assert set(calls_behind(Episode(trajectory=told.trajectory, calls=calls))) == {2, 3}
