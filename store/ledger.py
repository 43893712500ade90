"""Executions: intent before, outcome after, one executor at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, or_
from sqlmodel import Session, col, select, update

from domain.approval import Grant
from domain.audit import Deed
from domain.execution import Effect, Execution
from domain.topics import LEDGER, outcome_of
from store.audit import append, record_of
from store.engine import Database
from store.insert import insert, inserted
from store.notify import notify
from store.tables import ExecutionRow, ProposalRow

_OPEN = [effect.value for effect in Effect if not effect.final]
_MAYBE = [effect.value for effect in (Effect.INTENDED, Effect.DONE, Effect.UNKNOWN)]
"""The effects of writes that may have happened."""
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
            if inserted(
                session, new.on_conflict_do_nothing(index_elements=["proposal_id"]), col(_ROW.proposal_id)
            ):
                append(session, record_of(grant.proposal, Deed.GRANTED, grant.approved_by, at))
                notify(session, LEDGER)
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
        stale = timedelta(seconds=stale_seconds)
        # Heard well after now: the clock that said so was wrong, and its row would wait for it to come true.
        silent = or_(col(_ROW.heard_at) <= now - stale, col(_ROW.heard_at) > now + stale)
        oldest = (
            select(_ROW.proposal_id)
            .where(col(_ROW.effect).in_(_OPEN), or_(col(_ROW.executor).is_(None), silent))
            .order_by(col(_ROW.requested_at), col(_ROW.proposal_id))
            .limit(1)
        )
        # Executors ask often and there is seldom anything: SQLite's one write lock is left alone meanwhile.
        if await self.database.read(lambda session: session.exec(oldest).first()) is None:
            return None
        locked = oldest.with_for_update(skip_locked=True).scalar_subquery()
        claim = update(_ROW).where(col(_ROW.proposal_id) == locked).values(executor=executor, heard_at=now)

        def work(session: Session) -> Execution | None:
            taken = session.exec(claim.returning(col(_ROW.proposal_id))).scalar_one_or_none()
            row = session.get(_ROW, taken) if taken else None
            return _execution(row) if row else None

        return await self.database.write(work)

    async def intend(self, proposal_id: str, executor: str, at: datetime) -> bool:
        """Record the intent, committed on return; false when this executor no longer holds the row."""
        return await self._change(
            _held(proposal_id, executor), Deed.INTENDED, executor, at, intended_at=at, heard_at=at
        )

    async def finish(self, proposal_id: str, executor: str, effect: Effect, detail: str, at: datetime) -> bool:
        """Record a final effect; false when the row has one or is held by another."""
        if not effect.final:
            raise ValueError(f"{effect} is no outcome.")
        return await self._change(
            _held(proposal_id, executor), Deed(effect.value), executor, at, detail, finished_at=at, heard_at=at
        )

    async def withdraw(self, proposal_id: str, detail: str, at: datetime) -> bool:
        """Refuse a row that no executor has taken; false when one has."""
        unclaimed = _open(proposal_id).where(col(_ROW.executor).is_(None))
        return await self._change(unclaimed, Deed.REFUSED, "time", at, detail, finished_at=at)

    async def rules_used(self, since: datetime, besides: str) -> tuple[str, ...]:
        """The rules of the writes that were begun since then and may have happened, but of one proposal."""
        begun = (
            select(ProposalRow)
            .join(_ROW, col(_ROW.proposal_id) == col(ProposalRow.id))
            .where(
                col(_ROW.intended_at) > since,
                col(_ROW.effect).in_(_MAYBE),
                col(_ROW.proposal_id) != besides,
            )
        )
        rows = await self.database.read(lambda session: session.exec(begun).all())
        return tuple(row.value.terms.rule for row in rows if row.value.terms is not None)

    async def _change(
        self, rows: Update, deed: Deed, by: str, at: datetime, detail: str = "", **values: Any
    ) -> bool:
        """Change one row and put it on record, both or neither."""
        if detail:
            values["detail"] = detail
        change = rows.values(effect=deed.value, **values).returning(col(_ROW.proposal_id))

        def work(session: Session) -> bool:
            changed = session.exec(change).scalar_one_or_none()
            proposal = session.get(ProposalRow, changed) if changed else None
            if proposal is not None:
                append(session, record_of(proposal.value, deed, by, at, detail))
                notify(session, outcome_of(proposal.id))
            return changed is not None

        return await self.database.write(work)


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
