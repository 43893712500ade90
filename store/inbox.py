"""Deliveries of Slack, each processed once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select, update

from domain.ports import Received
from store.engine import Database
from store.insert import insert, inserted
from store.tables import DeliveryRow


@dataclass(frozen=True)
class SqlInbox:
    """`domain.ports.Inbox` in SQL."""

    database: Database

    async def receive(self, item: Received) -> bool:
        """Store it; false when the key was there."""

        def work(session: Session) -> bool:
            new = insert(session, DeliveryRow).values(**dict(item)).on_conflict_do_nothing(index_elements=["key"])
            return inserted(session, new, col(DeliveryRow.key))

        return await self.database.write(work)

    async def take(self, owner: str, now: datetime, lease_seconds: float) -> Received | None:
        """Claim the oldest unprocessed delivery that nobody holds."""
        held, lease = col(DeliveryRow.held_until), timedelta(seconds=lease_seconds)
        # Held beyond what anybody could have claimed by now: the clock that said so was wrong.
        free = or_(held.is_(None), held <= now, held > now + 2 * lease)
        oldest = (
            select(DeliveryRow.id)
            .where(~col(DeliveryRow.done), free)
            .order_by(col(DeliveryRow.id))
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = update(DeliveryRow).where(col(DeliveryRow.id) == oldest)
        claim = claim.values(owner=owner, held_until=now + lease)

        def work(session: Session) -> Received | None:
            taken = session.exec(claim.returning(col(DeliveryRow.id))).scalar_one_or_none()
            row = session.get(DeliveryRow, taken) if taken else None
            return Received(key=row.key, kind=row.kind, body=row.body, at=row.at) if row else None

        return await self.database.write(work)

    async def done(self, key: str) -> None:
        """Processed; it is not delivered again. The key is kept, what people wrote is not."""
        over = update(DeliveryRow).where(col(DeliveryRow.key) == key).values(done=True, body={})
        await self.database.write(lambda session: session.exec(over))
