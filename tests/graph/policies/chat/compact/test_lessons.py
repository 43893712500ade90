"""Lessons in the compact form: marks for those that fire, consequences of those that are proven, and their end."""

import pytest

from domain.approval import Verdict
from domain.decisions import Conclude, Probe, Propose
from domain.diagnosis import Cause
from domain.execution import Improvement
from domain.journal import Decided, Noted, Taught
from domain.lessons import Conclusion, Judgement, Lesson, Look, Word
from domain.ports import Sight
from domain.probes import SearchLogs
from graph.lessons.guide import guided
from graph.policies.chat.compact.menu import menu_of
from graph.policies.chat.rights import rights_of
from tests.graph.policies.chat.compact.test_compact import read, shown, two
from tests.graph.policies.story import BACK, IMAGE, Story, suspicion
from tests.taught import AT_FAULT, WELL, lesson, replayed, when

BY_WORDS = Judgement(how="rubric", parts=WELL)
HARMLESS = lesson(conclude=Conclusion(anomaly=False), do=None, says="It fails on purpose.")


def sight(story: Story, told: Lesson) -> Sight:
    """The next one, with this lesson in force."""
    return guided(story.sight.model_copy(update={"lessons": (told,)}))


def choices(story: Story, told: Lesson) -> list[str]:
    seen = sight(story, told)
    return list(menu_of(seen, rights_of(seen)).choices)


def proposed(story: Story, told: Lesson) -> None:
    """The first repair is picked, on record with the lesson."""
    seen = sight(story, told)
    says = tuple(Word(lesson_id=one.lesson.id, says=one.says) for one in seen.guidance)
    story.steps.append(Taught(lessons=(told,), guiding=says))
    decision = read(seen, "repair s1.r1")
    assert isinstance(decision, Propose)
    chosen(story, decision)


def chosen(story: Story, decision: Propose) -> None:
    """The model's decision, on record, and put before the people."""
    story.steps.append(Decided(policy="chat", decision=decision, milliseconds=1))
    story.proposes(decision.action)


def test_what_a_lesson_speaks_for_is_marked_and_comes_first() -> None:
    text = shown(sight(Story(suspicion(IMAGE, BACK)), lesson()))
    (held,) = [line for line in text.splitlines() if line.startswith("| s1 ")]
    assert held.endswith('", by a lesson (3 of 3 replays)')
    (first,) = [line for line in text.splitlines() if line.startswith("| s1.r1: ")]
    assert first.endswith(", the lesson's repair")
    assert "the lesson's repair" not in shown(two().sight)


def test_where_a_proven_lesson_says_what_is_wrong_nothing_is_no_answer() -> None:
    possible = choices(Story(suspicion(IMAGE, BACK)), lesson())
    assert "conclude nothing" not in possible
    assert {"conclude s1", "repair s1.r1", "repair s1.r2", "look s1", "look again"} <= {*possible}


@pytest.mark.parametrize(
    "told",
    [
        lesson(judgement=None),
        lesson(judgement=BY_WORDS),
        lesson(judgement=replayed(passed=2)),
        lesson(uses=3, successes=1),
    ],
)
def test_a_lesson_that_is_not_proven_is_a_mark_and_no_more(told: Lesson) -> None:
    story = Story(suspicion(IMAGE, BACK))
    narrow = told.model_copy(update={"not_actions": ("set_image",)})
    assert choices(story, narrow) == choices(story, lesson("other", signature=when(texts=("not seen",)), look=()))
    assert "by a lesson (" in shown(sight(story, narrow))


def test_outcomes_that_balance_leave_a_lesson_proven() -> None:
    assert lesson(uses=2, successes=1).proven


def test_what_a_proven_lesson_says_not_to_do_is_not_listed() -> None:
    story = Story(suspicion(IMAGE, BACK), suspicion(IMAGE, cause=Cause.CRASH_LOOP))
    text = shown(sight(story, lesson(not_actions=("set_image",))))
    assert "s1.r1: " in text
    assert "s1.r2" not in text
    assert "s2.r1: " in text  # of another suspicion it says nothing


async def test_where_a_proven_lesson_says_that_nothing_is_wrong_the_alarm_is_not_listed() -> None:
    story = Story(suspicion(IMAGE, BACK))
    await story.decide()  # the alarm was held before
    assert choices(story, HARMLESS) == ["look again", "conclude nothing"]
    text = shown(sight(story, HARMLESS))
    assert '| By a lesson (3 of 3 replays), nothing is wrong: "It fails on purpose."' in text
    doubted = lesson(conclude=Conclusion(anomaly=False), do=None, judgement=None)
    assert "conclude s1" in choices(story, doubted)


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.EXPIRED])
def test_a_repair_that_people_do_not_want_ends_what_the_lesson_forbids(verdict: Verdict) -> None:
    story, told = Story(suspicion(IMAGE, BACK)), lesson(not_actions=("set_image",))
    proposed(story, told)
    story.ruled(verdict)
    possible = choices(story, told)
    assert {"conclude nothing", "repair s1.r2"} <= {*possible}
    assert "repair s1.r1" not in possible


@pytest.mark.parametrize("seen", [Improvement.UNCHANGED, Improvement.WORSE])
def test_a_repair_in_vain_ends_what_the_lesson_forbids_once_it_is_taken_back(seen: Improvement) -> None:
    story, told = Story(suspicion(IMAGE, BACK)), lesson(not_actions=("set_image",))
    proposed(story, told)
    story.verified(seen, suspicion(IMAGE, BACK))
    assert not [choice for choice in choices(story, told) if choice.startswith(("conclude", "repair"))]
    undo = read(sight(story, told), "undo")
    assert isinstance(undo, Propose)
    chosen(story, undo)
    story.verified(Improvement.UNCHANGED, suspicion(IMAGE, BACK))
    assert {"conclude nothing", "repair s1.r2"} <= {*choices(story, told)}


def test_what_people_say_in_the_run_ends_what_the_lesson_forbids() -> None:
    story = Story(suspicion(IMAGE, BACK))
    story.steps.append(Noted(by="aoi", text="The model did not decide."))
    assert "conclude nothing" not in choices(story, lesson())
    story.steps.append(Noted(by="U1", text="That is a drill of ours."))
    assert "conclude nothing" in choices(story, lesson())


def test_after_its_repair_helped_nothing_is_no_answer_either() -> None:
    story, told = Story(suspicion(IMAGE, BACK)), lesson()
    proposed(story, told)
    story.verified(Improvement.RESOLVED)
    possible = choices(story, told)
    assert "conclude nothing" not in possible
    assert "conclude s1" in possible
    end = read(sight(story, told), "conclude s1")
    assert isinstance(end, Conclude)
    assert end.resolved


def test_a_lesson_about_what_is_out_of_scope_leaves_an_end() -> None:
    story = Story(suspicion(IMAGE, BACK))
    elsewhere = story.incident.scope.model_copy(update={"namespaces": ("other",)})
    story.incident = story.incident.model_copy(update={"scope": elsewhere})
    assert "conclude nothing" in choices(story, lesson())


def test_where_a_lesson_looks_first_the_look_does_and_it_is_said() -> None:
    told = lesson(
        signature=when(texts=("on purpose",)), look=(Look(probe="search_logs", at=AT_FAULT, text="on purpose"),)
    )
    seen = sight(Story(suspicion(IMAGE, BACK)), told)
    look = read(seen, "look s1")
    assert isinstance(look, Probe)
    assert isinstance(look.calls[0], SearchLogs)
    assert "a lesson would look there first (3 of 3 replays)" in shown(seen)
    assert "conclude nothing" in choices(Story(suspicion(IMAGE, BACK)), told)
