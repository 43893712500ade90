"""The long-term memory: past incidents by their symptoms and words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import UnaryExpression, case, delete
from sqlmodel import Session, col, func, or_, select

from domain.incident import Status
from domain.memory import Cue, Memory, Recollection
from store.engine import Database
from store.insert import insert
from store.likeness import overlap, ranked, recollection, weights
from store.tables import IncidentRow, MemoryRow, MemorySignRow
from store.words import find_rows, keep_words, telling_words

_CANDIDATES = 50
"""Looked at more closely, for each way of finding them."""
_SYMPTOM, _SUBJECT = "symptom", "subject"
_TEACHING = (Status.RESOLVED.value, Status.HANDED_OVER.value)


@dataclass(frozen=True)
class SqlMemories:
    """`domain.ports.Memories` in SQL."""

    database: Database

    async def remember(self, memory: Memory) -> None:
        """Keep it in place of an older one of the same incident; one of a longer journal stays."""
        new = {"seq": memory.seq, "at": memory.at, "value": memory}

        def work(session: Session) -> None:
            put = insert(session, MemoryRow).values(incident_id=memory.incident_id, **new)
            put = put.on_conflict_do_update(
                index_elements=["incident_id"], set_=new, where=col(MemoryRow.seq) <= memory.seq
            )
            row = session.exec(put.returning(col(MemoryRow.id))).scalar_one_or_none()
            if row is None:
                return
            session.exec(delete(MemorySignRow).where(col(MemorySignRow.memory_id) == row))
            signs = {(_SYMPTOM, str(s)) for s in memory.symptoms} | {(_SUBJECT, str(s)) for s in memory.subjects}
            session.add_all(MemorySignRow(memory_id=row, kind=kind, sign=sign) for kind, sign in sorted(signs))
            keep_words(session, row, memory.text)

        await self.database.write(work)

    async def recall(self, cue: Cue, limit: int) -> tuple[Recollection, ...]:
        """Those like the cue, the same workload first, then the most alike, then the newest."""
        return await self.database.read(lambda session: _recall(session, cue, limit))

    async def behind(self, limit: int) -> tuple[str, ...]:
        """Ids of ended incidents that are not remembered, or whose journal has grown since; oldest first."""
        wanted = (
            select(IncidentRow.id)
            .outerjoin(MemoryRow, col(MemoryRow.incident_id) == col(IncidentRow.id))
            .where(col(IncidentRow.status).in_(_TEACHING))
            .where(or_(col(MemoryRow.seq).is_(None), col(MemoryRow.seq) < col(IncidentRow.last_seq)))
            .order_by(col(IncidentRow.created_at), col(IncidentRow.id))
            .limit(limit)
        )
        return tuple(await self.database.read(lambda session: session.exec(wanted).all()))


def _recall(session: Session, cue: Cue, limit: int) -> tuple[Recollection, ...]:
    remembered = session.exec(select(func.count()).select_from(MemoryRow)).one()
    if not remembered:
        return ()
    spoken = find_rows(session, telling_words(cue.text), _CANDIDATES)
    seen = _seen(session)
    weight = {str(s): w for s, w in weights(cue.symptoms, seen, remembered).items()}
    ids = {*spoken, *_with_symptoms(session, weight), *_with_subjects(session, [str(s) for s in cue.subjects])}
    rows = session.exec(select(MemoryRow).where(col(MemoryRow.id).in_(ids))).all()
    found = []
    for row in rows:
        memory = row.value
        if memory.incident_id == cue.incident_id:
            continue
        by = weights((*cue.symptoms, *memory.symptoms), seen, remembered)
        rank = spoken.index(row.id) if row.id in spoken else None
        found.append(recollection(cue, memory, overlap(cue.symptoms, memory.symptoms, by), rank))
    return tuple(ranked([one for one in found if one is not None])[:limit])


def _seen(session: Session) -> dict[str, int]:
    """How many memories have each symptom; the kinds of symptoms are few."""
    sign = col(MemorySignRow.sign)
    counts = select(sign, func.count()).where(col(MemorySignRow.kind) == _SYMPTOM).group_by(sign)
    return dict(session.exec(counts).all())


def _with_symptoms(session: Session, weight: dict[str, float]) -> Sequence[int]:
    """Those that share the most weight with the cue, the newest of equals."""
    if not weight:
        return ()
    shared = func.sum(case(weight, value=col(MemorySignRow.sign), else_=0.0))
    return _found(session, _SYMPTOM, weight, shared.desc())


def _with_subjects(session: Session, subjects: Collection[str]) -> Sequence[int]:
    return _found(session, _SUBJECT, subjects, func.count().desc()) if subjects else ()


def _found(session: Session, kind: str, signs: Collection[str], order: UnaryExpression[Any]) -> Sequence[int]:
    which = (
        select(col(MemorySignRow.memory_id))
        .join(MemoryRow, col(MemoryRow.id) == col(MemorySignRow.memory_id))
        .where(col(MemorySignRow.kind) == kind, col(MemorySignRow.sign).in_(signs))
        .group_by(col(MemorySignRow.memory_id), col(MemoryRow.at))
        .order_by(order, col(MemoryRow.at).desc(), col(MemorySignRow.memory_id).desc())
        .limit(_CANDIDATES)
    )
    return session.exec(which).all()
