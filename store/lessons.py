"""What was learned, by the symptoms at which it fires, and what became of the incidents that it guided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from domain.lessons import Lesson, State, Use
from domain.memory import Symptom
from store.engine import Database
from store.insert import insert
from store.tables import LessonRow, LessonSignRow, LessonUseRow


@dataclass(frozen=True)
class SqlLessons:
    """`domain.ports.Lessons` in SQL."""

    database: Database

    async def keep(self, lesson: Lesson) -> bool:
        """Store it, or its next revision; false when there is this revision or a later one already."""
        new = {
            "revision": lesson.revision,
            "state": lesson.state.value,
            "created": lesson.created,
            "value": lesson,
        }

        def work(session: Session) -> bool:
            put = insert(session, LessonRow).values(id=lesson.id, **new)
            put = put.on_conflict_do_update(
                index_elements=["id"], set_=new, where=col(LessonRow.revision) < lesson.revision
            )
            if session.exec(put.returning(col(LessonRow.id))).scalar_one_or_none() is None:
                return False
            session.exec(delete(LessonSignRow).where(col(LessonSignRow.lesson_id) == lesson.id))
            signs = sorted({str(symptom) for symptom in lesson.signature.symptoms})
            session.add_all(LessonSignRow(lesson_id=lesson.id, sign=sign) for sign in signs)
            return True

        return await self.database.write(work)

    async def get(self, lesson_id: str) -> Lesson | None:
        """The lesson, or `None`."""

        def work(session: Session) -> Lesson | None:
            row = session.get(LessonRow, lesson_id)
            return None if row is None else _counted(session, [row])[0]

        return await self.database.read(work)

    async def all(self, states: Collection[State] = ()) -> tuple[Lesson, ...]:
        """Those in these states, or in any; newest first."""
        wanted = select(LessonRow).order_by(col(LessonRow.created).desc(), col(LessonRow.id))
        if states:
            wanted = wanted.where(col(LessonRow.state).in_([state.value for state in states]))
        return tuple(await self.database.read(lambda session: _counted(session, session.exec(wanted).all())))

    async def fitting(self, symptoms: Collection[Symptom], now: datetime) -> tuple[Lesson, ...]:
        """The active ones all of whose symptoms are among these and that have not expired; strongest first."""
        signs = [str(symptom) for symptom in symptoms]
        other = select(LessonSignRow.lesson_id).where(col(LessonSignRow.sign).not_in(signs))
        wanted = (
            select(LessonRow)
            .where(col(LessonRow.state) == State.ACTIVE.value)
            .where(col(LessonRow.id).not_in(other))
        )
        found = await self.database.read(lambda session: _counted(session, session.exec(wanted).all()))
        valid = (lesson for lesson in found if lesson.expires > now)
        return tuple(sorted(valid, key=lambda lesson: (-lesson.strength, lesson.created, lesson.id)))

    async def note(self, use: Use) -> None:
        """Count an incident for or against a lesson; the last word on an incident counts."""
        new = {"good": use.good, "at": use.at, "why": use.why}

        def work(session: Session) -> None:
            put = insert(session, LessonUseRow).values(lesson_id=use.lesson_id, incident_id=use.incident_id, **new)
            session.exec(put.on_conflict_do_update(index_elements=["lesson_id", "incident_id"], set_=new))

        await self.database.write(work)

    async def uses(self, lesson_id: str) -> tuple[Use, ...]:
        """The incidents that it guided, oldest first."""
        wanted = (
            select(LessonUseRow)
            .where(col(LessonUseRow.lesson_id) == lesson_id)
            .order_by(col(LessonUseRow.at), col(LessonUseRow.incident_id))
        )
        rows = await self.database.read(lambda session: session.exec(wanted).all())
        return tuple(
            Use(lesson_id=row.lesson_id, incident_id=row.incident_id, good=row.good, at=row.at, why=row.why)
            for row in rows
        )


def _counted(session: Session, rows: Sequence[LessonRow]) -> list[Lesson]:
    """The lessons with how often they were used, which the table of uses knows best."""
    counts = (
        select(LessonUseRow.lesson_id, col(LessonUseRow.good), func.count())
        .where(col(LessonUseRow.lesson_id).in_([row.id for row in rows]))
        .group_by(col(LessonUseRow.lesson_id), col(LessonUseRow.good))
    )
    found = {(lesson_id, good): count for lesson_id, good, count in session.exec(counts)}
    return [
        row.value.model_copy(
            update={
                "successes": found.get((row.id, True), 0),
                "uses": found.get((row.id, True), 0) + found.get((row.id, False), 0),
            }
        )
        for row in rows
    ]
