"""Messages by their wanted state."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case
from sqlmodel import Session, col, select, update

from domain.base import digest_of
from domain.ports import Message, Unsent
from store.engine import Database
from store.insert import insert, inserted
from store.tables import MessageRow

_ROW = MessageRow
_BEHIND = (col(_ROW.revision) > col(_ROW.sent)) & (col(_ROW.revision) > col(_ROW.dropped))


@dataclass(frozen=True)
class SqlOutbox:
    """`domain.ports.Outbox` in SQL."""

    database: Database

    async def want(self, message: Message, at: datetime) -> bool:
        """Set the wanted state; false when it is what was wanted already."""
        digest = digest_of(message.model_dump(mode="json"))

        def work(session: Session) -> bool:
            new = insert(session, _ROW).values(
                key=message.key, channel=message.channel, digest=digest, revision=1, wanted_at=at, value=message
            )
            changed = new.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "channel": new.excluded.channel,
                    "digest": digest,
                    "revision": col(_ROW.revision) + 1,
                    # A card that changes faster than it is sent keeps its place in the queue.
                    "wanted_at": case((_BEHIND, col(_ROW.wanted_at)), else_=new.excluded.wanted_at),
                    "value": new.excluded.value,
                },
                where=col(_ROW.digest) != digest,
            )
            return inserted(session, changed, col(_ROW.key))

        return await self.database.write(work)

    async def unsent(self, limit: int) -> tuple[Unsent, ...]:
        """Messages to post or to update, oldest wish first."""
        waiting = select(_ROW).where(_BEHIND).order_by(col(_ROW.wanted_at), col(_ROW.id)).limit(limit)
        rows = await self.database.read(lambda session: session.exec(waiting).all())
        return tuple(
            Unsent(message=row.value, revision=row.revision, ts=row.ts, attempted=row.attempted_at is not None)
            for row in rows
        )

    async def attempt(self, key: str, sender: str, at: datetime, patience_seconds: float) -> bool:
        """Claim the next post of a message, by one atomic UPDATE."""
        patience = timedelta(seconds=patience_seconds)
        nobody = col(_ROW.attempted_at).is_(None) | (col(_ROW.attempted_by) == sender)
        # Tried well after now: the clock that said so was wrong.
        free = nobody | (col(_ROW.attempted_at) < at - patience) | (col(_ROW.attempted_at) > at + patience)
        claim = update(_ROW).where(col(_ROW.key) == key, _BEHIND, free)
        claim = claim.values(attempted_at=at, attempted_by=sender, attempted=col(_ROW.revision))
        return await self.database.write(lambda session: session.exec(claim).rowcount == 1)

    async def sent(self, key: str, revision: int, ts: str, at: datetime) -> None:
        """Slack shows that revision at that timestamp; what is reported late does not turn back a newer one."""
        newer = update(_ROW).where(col(_ROW.key) == key, col(_ROW.sent) <= revision)
        newer = newer.values(sent=revision, ts=ts, sent_at=at, attempted_at=None)
        await self.database.write(lambda session: session.exec(newer))

    async def drop(self, key: str, reason: str, at: datetime) -> None:
        """Slack will never take this revision; stop trying until it changes.

        Where an attempt is on record, it is the attempted revision that is dropped: a newer wish that came in
        meanwhile stands.
        """
        untold = (col(_ROW.attempted) > col(_ROW.sent)) & (col(_ROW.attempted) > col(_ROW.dropped))
        tried = case((untold, col(_ROW.attempted)), else_=col(_ROW.revision))
        change = update(_ROW).where(col(_ROW.key) == key)
        change = change.values(dropped=tried, dropped_at=at, drop_reason=reason)
        await self.database.write(lambda session: session.exec(change))

    async def at(self, channel: str, ts: str) -> Message | None:
        """The message that Slack shows at a timestamp, or `None`."""
        shown = select(_ROW).where(_ROW.channel == channel, _ROW.ts == ts)
        row = await self.database.read(lambda session: session.exec(shown).first())
        return row.value if row else None
