"""Retrains and who works on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import true
from sqlmodel import Session, col, or_, select

from domain.audit import Deed, Record
from domain.retrain import Outcome, Retrain
from store.audit import append
from store.engine import Database
from store.insert import insert, inserted
from store.tables import RetrainRow

_ROW = RetrainRow
_RUNNING = col(_ROW.running) == true()


@dataclass(frozen=True)
class SqlRetrains:
    """`domain.ports.Retrains` in SQL."""

    database: Database

    async def ask(self, retrain: Retrain) -> Retrain:
        """Store a new one; returns what runs already, or has the same key, where there is such a one."""

        def work(session: Session) -> Retrain:
            new = insert(session, _ROW).values(
                id=retrain.id, key=retrain.key, at=retrain.at, running=True, value=retrain
            )
            if inserted(session, new.on_conflict_do_nothing(), col(_ROW.id)):
                append(
                    session, _record(retrain, retrain.by, retrain.at, f"Asked for a {retrain.profile} retrain.")
                )
                return retrain
            same = select(_ROW).where(or_(col(_ROW.key) == retrain.key, _RUNNING))
            # The same delivery again is its own retrain, also where another one runs by now.
            return session.exec(same.order_by((col(_ROW.key) == retrain.key).desc()).limit(1)).one().value

        return await self.database.write(work)

    async def get(self, retrain_id: str) -> Retrain | None:
        """The retrain, or `None`."""
        row = await self.database.read(lambda session: session.get(_ROW, retrain_id))
        return row.value if row else None

    async def latest(self, limit: int) -> tuple[Retrain, ...]:
        """Newest first."""
        newest = select(_ROW).order_by(col(_ROW.at).desc(), col(_ROW.id).desc()).limit(limit)
        rows = await self.database.read(lambda session: session.exec(newest).all())
        return tuple(row.value for row in rows)

    async def take(self, worker: str, now: datetime, stale_seconds: float) -> Retrain | None:
        """Work on the one that runs, unless a worker that was heard of within that time does."""
        silent = col(_ROW.heard_at) <= now - timedelta(seconds=stale_seconds)
        free = or_(col(_ROW.worker).is_(None), col(_ROW.worker) == worker, silent)
        running = select(_ROW).where(_RUNNING, free).with_for_update()

        def work(session: Session) -> Retrain | None:
            row = session.exec(running).first()
            if row is None:
                return None
            row.worker, row.heard_at = worker, now
            return row.value

        return await self.database.write(work)

    async def save(self, retrain: Retrain, worker: str, now: datetime) -> bool:
        """Keep how far it is, and that the worker lives; false when it must stop: cancelled, or taken over."""
        mine = select(_ROW).where(_ROW.id == retrain.id, _ROW.worker == worker, _RUNNING).with_for_update()

        def work(session: Session) -> bool:
            row = session.exec(mine).first()
            if row is None:
                return False
            row.value, row.heard_at = retrain, now
            row.running = retrain.running or None
            row.outcome = retrain.outcome
            return True

        return await self.database.write(work)

    async def decide(
        self, retrain_id: str, expected: Outcome | None, outcome: Outcome, by: str, why: str, at: datetime
    ) -> Retrain | None:
        """Move one on in one transaction: cancel what runs, promote or discard what is ready.

        `None` when it is not, or not any more, at `expected`.
        """
        wanted = col(_ROW.outcome).is_(None) if expected is None else col(_ROW.outcome) == expected.value

        def work(session: Session) -> Retrain | None:
            row = session.exec(select(_ROW).where(_ROW.id == retrain_id, wanted).with_for_update()).first()
            if row is None:
                return None
            decided = row.value.ended(outcome, why, at, decided_by=by)
            row.value, row.outcome, row.running = decided, outcome.value, None
            append(session, _record(decided, by, at, f"{outcome.value.capitalize()}. {why}".strip()))
            return decided

        return await self.database.write(work)


def _record(retrain: Retrain, by: str, at: datetime, detail: str) -> Record:
    return Record(deed=Deed.TRAINED, by=by, at=at, proposal_id=retrain.id, detail=detail)
