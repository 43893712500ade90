"""What a step should have decided: by the lab, by what was verified, by what people said, in this order."""

import pytest

from domain.actions import Scale, Undo
from domain.approval import Verdict
from domain.cluster import Ref
from domain.diagnosis import Cause, FaultType, SystemLevel
from domain.episodes import Episode, Graded, Truth
from domain.execution import Improvement
from domain.feedback import Correction, Feedback, Thumb
from domain.journal import Asked, Rated, Step
from domain.references import Authority, Reference
from learn.reward.reference import reference_at, reference_of
from learn.reward.service import scores
from learn.reward.shown import shown_of
from learn.signals.behind import decisions_of
from learn.signals.truth import Known
from tests.fakes import START
from tests.graph.policies.story import BACK, SEEN, WEB, Story
from tests.learn.scene import RIGHT, TRUTH, WELL, WRONG, proposes, story
from tests.learn.scene import Step as Judged

GRADED = Graded(success=True, harmless=True, answer_right=True)


def by_lab(told: Story, truth: Truth = TRUTH) -> Reference:
    return reference_at(told.sight, Known(truth, Authority.LAB))


def rated(cause: str, helped: str = "", user: str = "U1") -> Step:
    correction = Correction(cause=cause, helped=helped)
    given = Feedback(
        incident_id="inc-1", target="outcome", user=user, thumb=Thumb.DOWN, correction=correction, at=START
    )
    return Rated(feedback=given)


async def repaired(after: Improvement = Improvement.RESOLVED) -> Story:
    """AOI proposed its first repair, and it was carried out."""
    told = story(RIGHT, WRONG)
    await told.propose()
    told.verified(after, *(() if after is Improvement.RESOLVED else (RIGHT, WRONG)))
    return told


def test_a_repair_at_hand_is_to_be_proposed_and_only_what_shows_the_fault_bears_on_it() -> None:
    found = by_lab(story(RIGHT, WRONG))
    assert (found.kinds, found.actions, found.namespace, found.resolved) == (("propose",), (BACK,), "prod", False)
    assert found.findings == (SEEN.id,)
    assert (found.says, found.causes, found.components) == (Authority.LAB, (Cause.IMAGE_PULL,), (WEB,))


def test_without_a_trace_of_the_fault_the_next_is_a_look() -> None:
    assert by_lab(story(WRONG)).kinds == ("probe",)


def test_a_suspicion_that_is_not_sure_may_be_looked_at_once_more() -> None:
    told = story(WRONG, RIGHT)
    assert by_lab(told).kinds == ("probe", "propose")
    told.probed()
    assert by_lab(told).kinds == ("propose",)


def test_who_may_not_write_answers() -> None:
    found = by_lab(story(RIGHT, read_only=True))
    assert (found.kinds, found.actions, found.resolved) == (("conclude",), (), False)


def test_where_nothing_is_wrong_the_answer_says_so() -> None:
    assert by_lab(story(), WELL).kinds == ("conclude",)
    alarmed = by_lab(story(WRONG), WELL)
    assert (alarmed.kinds, alarmed.anomaly, alarmed.resolved) == (("probe", "conclude"), False, True)


async def test_after_the_repair_that_helped_comes_the_end() -> None:
    found = by_lab(await repaired())
    assert (found.kinds, found.actions, found.resolved) == (("conclude",), (), True)


async def test_a_change_in_vain_is_to_be_taken_back_and_then_another_to_be_tried() -> None:
    """The undo stands without the change, which holds values of the cluster."""
    told = await repaired(Improvement.UNCHANGED)
    found = by_lab(told)
    (undo,) = found.actions
    assert found.kinds == ("propose",)
    assert isinstance(undo, Undo)
    assert (undo.target, undo.change.body) == (told.trajectory.proposals[0].plan.action.target, {})
    shown = shown_of(told.sight)
    reply = proposes(instruction={"why": "In vain.", "do": {"action": "undo"}})
    assert Judged(shown, found).judged(reply).action == 1
    assert "replicas" not in found.model_dump_json()


def test_where_no_repair_is_known_trying_and_handing_over_are_both_right() -> None:
    unknown = TRUTH.model_copy(update={"repairs": ()})
    bare = RIGHT.model_copy(update={"actions": ()})
    told = story(bare)
    told.steps[0] = told.steps[0].model_copy(update={"findings": (SEEN,)})
    assert by_lab(told, unknown).kinds == ("propose", "conclude")
    assert by_lab(story(RIGHT), unknown).kinds == ("propose",), "a repair that AOI knows is to be tried first"


async def test_a_verified_repair_says_what_was_right_unless_the_trouble_came_back() -> None:
    told = await repaired()
    episode = Episode(trajectory=told.trajectory)
    ((step, _),) = decisions_of(told.trajectory)
    found = reference_of(episode, step)
    assert found is not None
    assert (found.says, found.causes, found.components) == (Authority.VERIFIED, (Cause.IMAGE_PULL,), (WEB,))
    assert (found.kinds, found.actions) == (("propose",), (BACK,))
    assert (found.system_level, found.fault_type) == (SystemLevel.VIRTUALIZATION, FaultType.MISCONFIGURATION)
    assert reference_of(episode, step, came_back=True) is None


async def test_what_was_taken_back_was_not_right() -> None:
    told = await repaired()
    change = told.trajectory.proposals[0].plan.undo
    assert change is not None
    undo = Undo(target=WEB, proposal_id="prop-1", change=change)
    told.steps.append(Asked(by="U1", action=undo))
    told.proposes(undo, by="U1")
    told.executed()
    assert reference_of(Episode(trajectory=told.trajectory), 2) is None


PULL = Truth(anomaly=True, causes=(Cause.IMAGE_PULL,), components=(WEB,))
CART = Ref(kind="Service", name="cart", namespace="prod")


@pytest.mark.parametrize(
    ("cause", "helped", "expected"),
    [
        ("It was the image pull of Deployment web", "", PULL),
        ("image-pull", "", PULL),
        ("an image that cannot be pulled", "roll back web", PULL.model_copy(update={"repairs": (BACK,)})),
        ("False alarm, nothing was wrong.", "", WELL),
        ("It was cart", "", Truth(anomaly=True, components=(CART,))),
        ("The moon was full", "We waited", None),
    ],
)
def test_peoples_words_count_as_far_as_they_name_what_the_run_knows(
    cause: str, helped: str, expected: Truth | None
) -> None:
    told = story(RIGHT, WRONG)
    told.steps.append(rated(cause, helped))
    found = reference_of(Episode(trajectory=told.trajectory), 2)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert (found.says, found.anomaly) == (Authority.PERSON, expected.anomaly)
    assert (found.causes, found.components) == (expected.causes, expected.components)
    assert found.actions == expected.repairs


async def test_the_world_outweighs_people_and_the_lab_outweighs_both() -> None:
    told = await repaired()
    told.steps.append(rated("The disk was full on Service cart: disk-full"))
    run = told.trajectory
    verified = reference_of(Episode(trajectory=run), 2)
    assert verified is not None
    assert verified.says is Authority.VERIFIED
    elsewhere = TRUTH.model_copy(update={"causes": (Cause.DISK_FULL,), "repairs": ()})
    graded = reference_of(Episode(trajectory=run, truth=elsewhere, graded=GRADED), 2)
    assert graded is not None
    assert (graded.says, graded.causes) == (Authority.LAB, (Cause.DISK_FULL,))


async def test_the_newest_correction_counts() -> None:
    told = story(RIGHT, WRONG)
    told.steps += [rated("image-pull", user="U1"), rated("application-error at Deployment api", user="U2")]
    found = reference_of(Episode(trajectory=told.trajectory), 2)
    assert found is not None
    assert found.causes == (Cause.APPLICATION_ERROR,)


async def test_an_edited_action_is_what_a_person_holds_right_until_it_is_in_vain() -> None:
    told = story(RIGHT, WRONG)
    await told.propose()
    wanted = Scale(target=WEB, replicas=3)
    told.steps.append(Asked(by="U1", action=wanted))
    found = reference_of(Episode(trajectory=told.trajectory), 2)
    assert found is not None
    assert (found.says, found.actions) == (Authority.PERSON, (wanted,))
    told.ruled(Verdict.SUPERSEDED, "Edited.")
    told.proposes(wanted, by="U1")
    told.verified(Improvement.UNCHANGED, RIGHT)
    assert reference_of(Episode(trajectory=told.trajectory), 2) is None


async def test_a_run_that_nobody_knows_the_truth_of_has_no_reference() -> None:
    told = story(RIGHT)
    await told.propose()
    told.ruled(Verdict.REJECTED, "not now")
    assert reference_of(Episode(trajectory=told.trajectory), 2) is None


def test_a_reference_and_what_was_shown_travel_as_json_and_judge_alike() -> None:
    told = story(RIGHT, WRONG)
    shown, found = shown_of(told.sight), by_lab(told)
    again = Reference.model_validate_json(found.model_dump_json())
    text = '{"summary": "web", "action": "probe"}'
    seen = type(shown).model_validate_json(shown.model_dump_json())
    assert scores(text, seen, again) == scores(text, shown, found)
    assert (seen, again) == (shown, found)
