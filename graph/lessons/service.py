"""The team's lessons: which come to mind, what became of them, and what people change about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from domain.audit import Deed, Record
from domain.errors import BadInput
from domain.journal import Trajectory
from domain.lessons import Lesson, State, Text, turned
from domain.ports import Audit, Clock, Lessons
from graph.lessons.match import symptom_of
from graph.lessons.worth import uses_in
from graph.sight import freshest_hypotheses

AOI = "aoi"


@dataclass(frozen=True)
class LessonBook:
    """Raises `StoreUnavailable` throughout."""

    lessons: Lessons
    audit: Audit
    clock: Clock

    async def fitting(self, trajectory: Trajectory) -> tuple[Lesson, ...]:
        """Those with the symptoms of the freshest look, strongest first."""
        symptoms = {symptom_of(hypothesis) for hypothesis in freshest_hypotheses(trajectory)}
        return await self.lessons.fitting(symptoms, self.clock.now()) if symptoms else ()

    async def note(self, trajectory: Trajectory) -> None:
        """Count what became of the lessons that guided an ended run; those it turned against are retired."""
        for use in uses_in(trajectory):
            await self.lessons.note(use)
            lesson = await self.lessons.get(use.lesson_id)
            why = turned(await self.lessons.uses(use.lesson_id))
            if lesson is not None and lesson.state is State.ACTIVE and why is not None:
                await self._change(lesson, Deed.LESSON_RETIRED, AOI, {"state": State.RETIRED, "why": why}, why)

    async def all(self) -> tuple[Lesson, ...]:
        """Those that guide or may come to, newest first."""
        return await self.lessons.all((State.ACTIVE, State.CANDIDATE))

    async def get(self, lesson_id: str) -> Lesson:
        """One lesson. Raises BadInput for an id that is not known."""
        lesson = await self.lessons.get(lesson_id)
        if lesson is None:
            raise BadInput(f"There is no lesson {lesson_id[:40]!r}; `lessons` lists those there are.")
        return lesson

    async def retire(self, lesson_id: str, by: str, why: str) -> Lesson:
        """Let a lesson guide nobody any more.

        Raises:
            BadInput: it is not known, not in force, or somebody changed it at the same moment.
        """
        lesson = await self.get(lesson_id)
        if lesson.state not in (State.ACTIVE, State.CANDIDATE):
            raise BadInput(f"The lesson {lesson.id} is {lesson.state.value} already; nothing was changed.")
        update = {"state": State.RETIRED, "why": why or "A person retired it.", "edited_by": by}
        return await self._change(lesson, Deed.LESSON_RETIRED, by, update, why)

    async def edit(
        self, lesson_id: str, by: str, says: str, advice: str, patterns: tuple[str, ...], days: int
    ) -> Lesson:
        """Put other words, texts or another expiry in place.

        A lesson that fires at other texts than those it was judged with is a candidate again, until it is judged.

        Raises:
            BadInput: it is not known, a text would match anything, the days are none, or somebody was faster.
        """
        lesson = await self.get(lesson_id)
        texts = _texts(patterns)
        update: dict[str, object] = {
            "says": says.strip() or lesson.says,
            "advice": advice.strip(),
            "edited_by": by,
        }
        update["expires"] = _expiry(self.clock.now(), days)
        if texts != lesson.signature.texts:
            update["signature"] = {**dict(lesson.signature), "texts": texts}
            update["provenance"] = lesson.provenance.model_copy(update={"judgement": None})
            update["state"] = State.CANDIDATE
        return await self._change(lesson, Deed.LESSON_EDITED, by, update, says)

    async def _change(
        self, lesson: Lesson, deed: Deed, by: str, update: Mapping[str, object], detail: str
    ) -> Lesson:
        try:
            fresh = Lesson.model_validate({**dict(lesson), **update, "revision": lesson.revision + 1})
        except ValidationError as e:
            raise BadInput(_said(e)) from e
        if not await self.lessons.keep(fresh):
            raise BadInput(f"Somebody changed the lesson {lesson.id} at the same moment; look again.")
        newest = lesson.provenance.incidents[-1] if lesson.provenance.incidents else ""
        told = f"lesson {lesson.id}: {detail}" if detail else f"lesson {lesson.id}"
        await self.audit.append(
            Record(deed=deed, by=by, at=self.clock.now(), incident_id=newest, detail=told[:500])
        )
        return fresh


def _texts(patterns: tuple[str, ...]) -> tuple[Text, ...]:
    try:
        return tuple(Text(pattern=pattern) for pattern in patterns if pattern.strip())
    except ValidationError as e:
        raise BadInput(_said(e)) from e


def _expiry(now: datetime, days: int) -> datetime:
    if not 1 <= days <= 3_650:
        raise BadInput(f"A lesson lasts 1 to 3650 days, and {days} was given.")
    return now + timedelta(days=days)


def _said(error: ValidationError) -> str:
    """The first mistake as a sentence."""
    said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return f"{said[0].upper()}{said[1:].rstrip('.')}."
