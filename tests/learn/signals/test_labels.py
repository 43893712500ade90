"""What was seen, done and said of a run becomes labels of the decision that it is about."""

import pytest

from domain.actions import Scale, Undo
from domain.approval import Verdict
from domain.episodes import Episode, Graded
from domain.execution import Effect, Improvement
from domain.feedback import Correction, Feedback, Thumb
from domain.journal import Asked, Probed, Rated, Unrated
from domain.probes import Events
from learn.signals.labels import Sign, Source
from learn.signals.read import labels_of
from tests.fakes import START
from tests.graph.policies.story import WEB, Story
from tests.learn.scene import RIGHT, WRONG, story

FIRST = 2
"""The journal entry of the first decision; the first look is the first."""


def told_of(told: Story, graded: Graded | None = None) -> list[tuple[int | None, Sign, float]]:
    found = labels_of(Episode(trajectory=told.trajectory, graded=graded))
    return [(label.step, label.sign, label.worth) for label in found]


def thumb(target: str, thumb: Thumb = Thumb.UP, user: str = "U1", cause: str = "") -> Rated:
    correction = Correction(cause=cause) if cause else None
    given = Feedback(incident_id="inc-1", target=target, user=user, thumb=thumb, correction=correction, at=START)
    return Rated(feedback=given)


async def proposed() -> Story:
    told = story(RIGHT, WRONG)
    await told.propose()
    return told


@pytest.mark.parametrize(
    ("seen", "worth"),
    [
        (Improvement.RESOLVED, 1.0),
        (Improvement.IMPROVED, 0.5),
        (Improvement.UNCHANGED, -0.5),
        (Improvement.WORSE, -1.0),
    ],
)
async def test_the_look_after_a_change_labels_the_decision_and_the_run(seen: Improvement, worth: float) -> None:
    told = await proposed()
    told.verified(seen)
    assert told_of(told) == [
        (FIRST, Sign.VERIFIED, worth), (None, Sign.VERIFIED, worth), (FIRST, Sign.APPROVED, 1.0)
    ]  # fmt: skip


async def test_what_is_taken_back_speaks_against_the_decision_and_not_against_the_undo() -> None:
    told = await proposed()
    told.verified(Improvement.WORSE, RIGHT)
    undo = await told.propose()
    assert isinstance(undo.action, Undo)
    told.verified(Improvement.IMPROVED, RIGHT)
    found = told_of(told)
    assert (FIRST, Sign.UNDONE, -1.0) in found
    assert [entry for entry in found if entry[0] not in (FIRST, None)] == [(7, Sign.APPROVED, 1.0)]
    assert (None, Sign.VERIFIED, -1.0) in found, "the look after an undo says nothing of the repair"


@pytest.mark.parametrize("effect", [Effect.FAILED, Effect.REFUSED])
async def test_a_write_that_came_to_nothing_speaks_against_the_decision(effect: Effect) -> None:
    told = await proposed()
    told.executed(effect)
    assert (FIRST, Sign.FAILED, -1.0) in told_of(told)


async def test_a_guardrails_refusal_and_a_failed_probe_do_too() -> None:
    told = story(RIGHT, WRONG)
    await told.decide()
    told.refused("The registry is not known.")
    call = Events(namespace="prod")
    told.steps.append(Probed(call=call, status="failed", note="No such pod.", findings=()))
    told.steps.append(Probed(call=call, status="empty", note="None.", findings=()))
    assert told_of(told) == [(FIRST, Sign.FAILED, -1.0)] * 2


async def test_what_people_decide_is_a_label_with_its_reason() -> None:
    told = await proposed()
    told.ruled(Verdict.REJECTED, "Not during the sale.")
    (label,) = labels_of(Episode(trajectory=told.trajectory))
    assert (label.step, label.sign, label.by, label.note) == (FIRST, Sign.REJECTED, "U1", "Not during the sale.")
    assert (label.source, label.worth) == (Source.PERSON, -1.0)


async def test_an_edit_speaks_against_what_was_edited_and_nobody_labels_a_persons_own_write() -> None:
    told = await proposed()
    wanted = Scale(target=WEB, replicas=3)
    told.steps.append(Asked(by="U1", action=wanted))
    told.ruled(Verdict.SUPERSEDED, "Edited.")
    told.proposes(wanted, by="U1")
    told.verified(Improvement.RESOLVED)
    told.steps.append(thumb(f"step:{len(told.steps)}"))
    assert told_of(told) == [(None, Sign.VERIFIED, 1.0), (FIRST, Sign.EDITED, -0.5)]


async def test_time_decides_nothing_and_so_does_the_lab_that_approves_everything() -> None:
    told = await proposed()
    told.ruled(Verdict.EXPIRED)
    assert told_of(told) == []
    other = await proposed()
    other.ruled(Verdict.APPROVED)
    assert told_of(other) == [(FIRST, Sign.APPROVED, 1.0)]
    right = Graded(success=False, harmless=True, answer_right=True)
    assert told_of(other, right) == [(None, Sign.GRADED, -1.0)]


async def test_the_lab_grades_the_run_and_the_conclusion_by_its_answer() -> None:
    told = story(RIGHT, read_only=True)
    await told.decide()
    right = Graded(success=False, harmless=False, answer_right=True)
    assert told_of(told, right) == [(None, Sign.GRADED, -1.0), (FIRST, Sign.GRADED, 1.0)]


async def test_a_thumb_on_a_card_is_about_the_decision_behind_it() -> None:
    told = await proposed()
    told.executed()
    told.steps += [
        thumb("step:3", Thumb.UP, "U1"),
        thumb("step:5", Thumb.DOWN, "U2"),
        thumb("outcome", Thumb.DOWN, "U3", "the quota"),
    ]
    assert told_of(told)[1:] == [
        (FIRST, Sign.THUMB, 1.0),
        (FIRST, Sign.THUMB, -1.0),
        (None, Sign.CORRECTED, -1.0),
    ]


async def test_only_the_last_thumb_is_a_label_and_none_that_was_taken_back() -> None:
    told = await proposed()
    told.steps += [thumb("outcome", Thumb.UP), thumb("outcome", Thumb.DOWN)]
    assert told_of(told) == [(None, Sign.THUMB, -1.0)]
    told.steps.append(Unrated(user="U1", target="outcome", thumb=Thumb.DOWN))
    assert told_of(told) == [(None, Sign.THUMB, 1.0)]
    told.steps.append(Unrated(user="U1", target="outcome", thumb=Thumb.UP))
    assert told_of(told) == []


def test_a_thumb_before_any_decision_is_about_none() -> None:
    told = story(RIGHT)
    told.steps.append(thumb("step:1"))
    assert told_of(told) == []
