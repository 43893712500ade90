"""Executions: intent before, outcome after, one executor at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, or_
from sqlmodel import Session, col, select, update

from domain.approval import Grant
from domain.execution import Effect, Execution
from store.engine import Database
from store.insert import insert
from store.tables import ExecutionRow

_OPEN = [effect.value for effect in Effect if not effect.final]
_ROW = ExecutionRow


@dataclass(frozen=True)
class SqlLedger:
    """`domain.ports.Ledger` in SQL."""

    database: Database

    async def request(self, grant: Grant, at: datetime) -> Execution:
        """Queue the granted proposal; the same proposal again returns its row."""
        proposal_id = grant.proposal.id

        def work(session: Session) -> Execution:
            new = insert(session, _ROW).values(
                proposal_id=proposal_id, effect=Effect.REQUESTED.value, requested_at=at
            )
            session.exec(new.on_conflict_do_nothing(index_elements=["proposal_id"]))
            return _execution(session.exec(select(_ROW).where(_ROW.proposal_id == proposal_id)).one())

        return await self.database.write(work)

    async def get(self, proposal_id: str) -> Execution | None:
        """The row, or `None`."""
        row = await self.database.read(lambda session: session.get(_ROW, proposal_id))
        return _execution(row) if row else None

    async def take(self, executor: str, now: datetime, stale_seconds: float) -> Execution | None:
        """Claim the oldest open row that no executor holds, or whose holder has been silent that long.

        What a row says does not change by being taken: INTENDED tells the new holder to read the cluster first.
        """
        silent = col(_ROW.heard_at) <= now - timedelta(seconds=stale_seconds)
        oldest = (
            select(_ROW.proposal_id)
            .where(col(_ROW.effect).in_(_OPEN), or_(col(_ROW.executor).is_(None), silent))
            .order_by(col(_ROW.requested_at), col(_ROW.proposal_id))
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = update(_ROW).where(col(_ROW.proposal_id) == oldest).values(executor=executor, heard_at=now)

        def work(session: Session) -> Execution | None:
            taken = session.exec(claim.returning(col(_ROW.proposal_id))).scalar_one_or_none()
            row = session.get(_ROW, taken) if taken else None
            return _execution(row) if row else None

        return await self.database.write(work)

    async def intend(self, proposal_id: str, executor: str, at: datetime) -> bool:
        """Record the intent, committed on return; false when this executor no longer holds the row."""
        return await self._change(
            _held(proposal_id, executor), effect=Effect.INTENDED.value, intended_at=at, heard_at=at
        )

    async def finish(self, proposal_id: str, executor: str, effect: Effect, detail: str, at: datetime) -> bool:
        """Record a final effect; false when the row has one or is held by another."""
        if not effect.final:
            raise ValueError(f"{effect} is no outcome.")
        return await self._change(
            _held(proposal_id, executor), effect=effect.value, detail=detail, finished_at=at, heard_at=at
        )

    async def withdraw(self, proposal_id: str, detail: str, at: datetime) -> bool:
        """Refuse a row that no executor has taken; false when one has."""
        return await self._change(
            _open(proposal_id).where(col(_ROW.executor).is_(None)),
            effect=Effect.REFUSED.value,
            detail=detail,
            finished_at=at,
        )

    async def _change(self, rows: Update, **values: Any) -> bool:
        change = rows.values(**values)
        return await self.database.write(lambda session: session.exec(change).rowcount == 1)


def _open(proposal_id: str) -> Update:
    return update(_ROW).where(col(_ROW.proposal_id) == proposal_id, col(_ROW.effect).in_(_OPEN))


def _held(proposal_id: str, executor: str) -> Update:
    return _open(proposal_id).where(col(_ROW.executor) == executor)


def _execution(row: ExecutionRow) -> Execution:
    return Execution(
        proposal_id=row.proposal_id,
        effect=Effect(row.effect),
        detail=row.detail,
        requested_at=row.requested_at,
        intended_at=row.intended_at,
        finished_at=row.finished_at,
        executor=row.executor,
    )
