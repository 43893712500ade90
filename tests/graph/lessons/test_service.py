"""Lessons in a run: on record as they fire, counted when it ends, and changed by people on record."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.approval import Verdict
from domain.audit import Deed
from domain.decisions import Conclude
from domain.diagnosis import Cause
from domain.errors import BadInput
from domain.execution import Improvement
from domain.feedback import Feedback, Thumb
from domain.journal import Taught, Trajectory
from domain.lessons import Conclusion, Do, Lesson, Place, Role, State, Use
from domain.ports import Sight
from graph.lessons.service import LessonBook
from graph.policies.playbook import PlaybookPolicy
from graph.policies.scripted import ScriptedPolicy
from tests.fakes import ScriptedEyes
from tests.graph.house import House, house
from tests.graph.test_crash import DiedError
from tests.taught import lesson, when

SCALED = Place(role=Role.SUBJECT, kind="Deployment")
FIRES = lesson(
    signature=when(when().symptoms[0].model_copy(update={"cause": Cause.ZERO_REPLICAS})),
    conclude=Conclusion(cause=Cause.ZERO_REPLICAS, blame=SCALED),
    do=Do(action="scale", target=SCALED),
    says="{blame} was put to sleep for the night.",
)


async def ended(home: House, question: str = "checkout is down") -> Trajectory:
    incident = await home.open(question)
    waiting = await home.drive(incident)
    assert waiting.pending is not None
    await home.service.decide(waiting.pending.id, Verdict.APPROVED, "U2")
    async with home.executor():
        return await home.drive(incident)


def book(home: House) -> LessonBook:
    return home.service.memory.lessons


async def stored(home: House) -> Lesson:
    found = await home.store.lessons.get("les-1")
    assert found is not None
    return found


def eyes(*after: Improvement) -> ScriptedEyes:
    return ScriptedEyes(after=list(after))


async def test_a_lesson_that_fires_is_on_record_and_counts_for_it_when_it_helped(tmp_path: Path) -> None:
    async with house(tmp_path, PlaybookPolicy(), eyes(Improvement.RESOLVED)) as home:
        await home.store.lessons.keep(FIRES)
        run = await ended(home)
        used = await stored(home)
    step = next(entry.step for entry in run.entries if isinstance(entry.step, Taught))
    assert [(w.lesson_id, w.says) for w in step.guiding] == [("les-1", "checkout was put to sleep for the night.")]
    assert run.guides == (FIRES,)
    assert run.diagnosis is not None
    assert run.diagnosis.root_cause == "checkout was put to sleep for the night."
    assert (used.uses, used.successes, used.state) == (1, 1, State.ACTIVE)


async def test_a_thumb_down_turns_the_count_and_a_later_one_up_back(tmp_path: Path) -> None:
    async with house(tmp_path, PlaybookPolicy(), eyes(Improvement.RESOLVED)) as home:
        await home.store.lessons.keep(FIRES)
        run = await ended(home)
        counts = []
        for seconds, thumb in ((1, Thumb.DOWN), (2, Thumb.UP)):
            await home.clock.sleep(seconds)
            told = Feedback(
                incident_id=run.incident.id, target="outcome", user="U2", thumb=thumb, at=home.clock.now()
            )
            await home.service.rate(told)
            counts.append(((await stored(home)).uses, (await stored(home)).successes))
    assert counts == [(1, 0), (1, 1)]


async def test_incidents_that_speak_against_it_retire_it_on_record(tmp_path: Path) -> None:
    async with house(tmp_path, PlaybookPolicy(), eyes(Improvement.UNCHANGED, Improvement.RESOLVED)) as home:
        await home.store.lessons.keep(FIRES)
        for name in ("inc-a", "inc-b"):
            use = Use(lesson_id="les-1", incident_id=name, good=False, at=home.clock.now())
            await home.store.lessons.note(use)
        incident = await home.open()
        waiting = await home.drive(incident)
        assert waiting.pending is not None
        await home.service.decide(waiting.pending.id, Verdict.REJECTED, "U2", "leave it")
        await home.drive(incident)
        turned = await stored(home)
        (row,) = [r for r in await home.store.audit.of("inc-old") if r.deed is Deed.LESSON_RETIRED]
        again = await home.drive(await home.open("and now?"))
    assert turned.state is State.RETIRED
    assert "3 of its last 3 incidents speak against it" in turned.why
    assert row.by == "aoi"
    assert again.taught is None


async def test_without_lessons_nothing_is_written(tmp_path: Path) -> None:
    async with house(tmp_path, PlaybookPolicy(), eyes(Improvement.RESOLVED)) as home:
        run = await ended(home)
    assert run.taught is None


async def test_a_crash_before_the_decision_keeps_what_came_to_mind(tmp_path: Path) -> None:
    """The lesson is retired meanwhile; the decision is still by what is on record."""

    def die(sight: Sight) -> Conclude:
        raise DiedError

    async with house(tmp_path, ScriptedPolicy([die], name="playbook")) as home:
        await home.store.lessons.keep(FIRES)
        incident = await home.open()
        with pytest.raises(DiedError):
            await home.drive(incident)
        await book(home).retire("les-1", "U2", "wrong")
    async with house(tmp_path, PlaybookPolicy(), eyes(Improvement.RESOLVED)) as home:
        run = await home.drive(incident)
    assert sum(isinstance(entry.step, Taught) for entry in run.entries) == 1
    assert run.pending is not None
    assert "by a lesson" in run.pending.why


async def test_people_retire_and_edit_on_record(tmp_path: Path) -> None:
    async with house(tmp_path, PlaybookPolicy()) as home:
        await home.store.lessons.keep(FIRES)
        edited = await book(home).edit("les-1", "U2", "Other words.", "Ask the night shift.", (), 30)
        assert (edited.says, edited.advice, edited.state) == ("Other words.", "Ask the night shift.", State.ACTIVE)
        assert (edited.expires - home.clock.now()).days == 30
        moved = await book(home).edit("les-1", "U2", "", "", ("put to sleep by <name>",), 30)
        assert moved.state is State.CANDIDATE
        assert moved.provenance.judgement is None
        assert (await book(home).retire("les-1", "U3", "no")).edited_by == "U3"
        deeds = [(r.deed, r.by) for r in await home.store.audit.of("inc-old")]
    assert deeds == [(Deed.LESSON_EDITED, "U2"), (Deed.LESSON_EDITED, "U2"), (Deed.LESSON_RETIRED, "U3")]


@pytest.mark.parametrize(
    ("patterns", "days", "words"),
    [
        (("<name>",), 30, "would match nearly anything"),
        ((), 0, "lasts 1 to 3650 days"),
        (tuple(f"words number {n}" for n in range(5)), 30, "at most 4 items"),
    ],
)
async def test_an_edit_that_does_not_fit_changes_nothing(
    tmp_path: Path, patterns: tuple[str, ...], days: int, words: str
) -> None:
    async with house(tmp_path, PlaybookPolicy()) as home:
        await home.store.lessons.keep(FIRES)
        with pytest.raises(BadInput, match=words):
            await book(home).edit("les-1", "U2", "Words.", "", patterns, days)
        assert (await stored(home)).revision == 1


async def test_of_two_people_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with house(tmp_path, PlaybookPolicy()) as home:
        await home.store.lessons.keep(FIRES)

        class Late:
            """Reads before the other writes."""

            def __getattr__(self, name: str) -> object:
                return getattr(home.store.lessons, name)

            async def get(self, lesson_id: str) -> Lesson:
                return FIRES

        slow = replace(book(home), lessons=Late())  # type: ignore[arg-type]
        await book(home).retire("les-1", "U2", "")
        with pytest.raises(BadInput, match="at the same moment"):
            await slow.retire("les-1", "U3", "")
        with pytest.raises(BadInput, match="retired already"):
            await book(home).retire("les-1", "U3", "")
        with pytest.raises(BadInput, match="There is no lesson 'les-9'"):
            await book(home).get("les-9")
