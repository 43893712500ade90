"""Questions to the executor and their answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select, update

from domain.planning import PlanAnswer, PlanRequest
from domain.proposal import Plan, Refusal
from domain.topics import PLANS, plan_of
from store.engine import Database
from store.insert import insert, inserted
from store.notify import notify
from store.tables import PlanRow

KEPT = timedelta(hours=1)
"""How long a question is kept after it has expired, for whoever looks into trouble."""


@dataclass(frozen=True)
class SqlPlans:
    """`domain.ports.Plans` in SQL."""

    database: Database

    async def ask(self, request: PlanRequest) -> None:
        """Put a question; the same id again changes nothing. Questions long past are forgotten by the way."""

        def work(session: Session) -> None:
            session.exec(delete(PlanRow).where(col(PlanRow.expires_at) < request.asked_at - KEPT))
            new = insert(session, PlanRow).values(
                id=request.id, expires_at=request.expires_at, request=request, answer=None
            )
            if inserted(session, new.on_conflict_do_nothing(index_elements=["id"]), col(PlanRow.id)):
                notify(session, PLANS)

        await self.database.write(work)

    async def take(self, executor: str, now: datetime, lease_seconds: float) -> PlanRequest | None:
        """Claim the oldest question that has neither expired nor an answer, and that nobody holds."""
        lease = timedelta(seconds=lease_seconds)
        # Held beyond what anybody could have claimed by now: the clock that said so was wrong.
        held = col(PlanRow.held_until)
        free = or_(held.is_(None), held <= now, held > now + 2 * lease)
        waiting = select(PlanRow.id).where(col(PlanRow.answer).is_(None), col(PlanRow.expires_at) > now, free)
        oldest = waiting.order_by(col(PlanRow.expires_at), col(PlanRow.id)).limit(1)
        # Executors ask often and there is seldom anything: SQLite's one write lock is left alone meanwhile.
        if await self.database.read(lambda session: session.exec(oldest).first()) is None:
            return None
        claim = update(PlanRow).where(
            col(PlanRow.id) == oldest.with_for_update(skip_locked=True).scalar_subquery()
        )
        claim = claim.values(executor=executor, held_until=now + lease)

        def work(session: Session) -> PlanRequest | None:
            taken = session.exec(claim.returning(col(PlanRow.id))).scalar_one_or_none()
            row = session.get(PlanRow, taken) if taken else None
            return row.request if row else None

        return await self.database.write(work)

    async def answer(self, request_id: str, executor: str, plan: Plan | Refusal) -> bool:
        """Answer it; false when there is an answer already, or another executor holds it."""
        held = update(PlanRow).where(
            col(PlanRow.id) == request_id, col(PlanRow.executor) == executor, col(PlanRow.answer).is_(None)
        )

        def work(session: Session) -> bool:
            answered = session.exec(held.values(answer=plan)).rowcount == 1
            if answered:
                notify(session, plan_of(request_id))
            return answered

        return await self.database.write(work)

    async def look(self, request_id: str) -> PlanAnswer:
        """What has become of it; of an unknown question, nothing."""
        row = await self.database.read(lambda session: session.get(PlanRow, request_id))
        return PlanAnswer(executor=row.executor, plan=row.answer) if row else PlanAnswer()
