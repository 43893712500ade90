"""Incidents and who drives them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from domain.approval import Verdict
from domain.incident import Incident, Status
from store.engine import Database
from store.insert import insert
from store.tables import IncidentRow, ProposalRow

LONGEST_LEASE = timedelta(minutes=5)
"""Many times what a driver asks for, and more than the clocks of two machines may be apart."""
_FINAL = [status.value for status in Status if status.final]


@dataclass(frozen=True)
class SqlIncidents:
    """`domain.ports.Incidents` in SQL."""

    database: Database

    async def open(self, incident: Incident, key: str) -> Incident:
        """Store a new incident; the same key returns the one that is there."""

        def work(session: Session) -> Incident:
            new = insert(session, IncidentRow).values(
                id=incident.id,
                key=key,
                channel=incident.origin.channel,
                thread=incident.origin.thread,
                status=incident.status.value,
                created_at=incident.created_at,
                updated_at=incident.updated_at,
                last_seq=0,
                value=incident,
            )
            session.exec(new.on_conflict_do_nothing(index_elements=["key"]))
            return from_row(session.exec(select(IncidentRow).where(IncidentRow.key == key)).one())

        return await self.database.write(work)

    async def get(self, incident_id: str) -> Incident | None:
        """The incident, or `None`."""
        row = await self.database.read(lambda session: session.get(IncidentRow, incident_id))
        return from_row(row) if row else None

    async def by_thread(self, channel: str, thread: str) -> Incident | None:
        """The newest incident of a Slack thread, or `None`."""
        here = select(IncidentRow).where(IncidentRow.channel == channel, IncidentRow.thread == thread)
        newest = here.order_by(*_NEWEST_FIRST).limit(1)
        row = await self.database.read(lambda session: session.exec(newest).first())
        return from_row(row) if row else None

    async def latest(self, limit: int, unfinished: bool = False) -> tuple[Incident, ...]:
        """Newest first."""
        wanted = select(IncidentRow).order_by(*_NEWEST_FIRST).limit(limit)
        if unfinished:
            wanted = wanted.where(_UNFINISHED)
        rows = await self.database.read(lambda session: session.exec(wanted).all())
        return tuple(from_row(row) for row in rows)

    async def set_status(self, incident_id: str, status: Status, at: datetime) -> None:
        """Move the incident on."""
        change = update(IncidentRow).where(col(IncidentRow.id) == incident_id)
        change = change.values(status=status.value, updated_at=at)
        await self.database.write(lambda session: session.exec(change))

    async def lease(self, incident_id: str, owner: str, until: datetime, now: datetime) -> bool:
        """Become or stay the one driver; false when somebody else's lease still runs."""
        claim = (
            update(IncidentRow)
            .where(col(IncidentRow.id) == incident_id)
            .where(or_(col(IncidentRow.lease_owner) == owner, _free(now)))
            .values(lease_owner=owner, lease_until=until)
        )
        return await self.database.write(lambda session: session.exec(claim).rowcount == 1)

    async def release(self, incident_id: str, owner: str) -> None:
        """Let others drive; nothing happens when the lease is somebody else's by now."""
        mine = update(IncidentRow).where(col(IncidentRow.id) == incident_id, col(IncidentRow.lease_owner) == owner)
        mine = mine.values(lease_owner=None, lease_until=None)
        await self.database.write(lambda session: session.exec(mine))

    async def drivable(self, now: datetime) -> tuple[str, ...]:
        """Unfinished, not leased, and not waiting for a pending approval; oldest first."""
        waits = (col(IncidentRow.status) == Status.WAITING.value) & _asks_people(now)
        wanted = select(IncidentRow.id).where(_UNFINISHED, _free(now), ~waits)
        wanted = wanted.order_by(col(IncidentRow.created_at), col(IncidentRow.id))
        return tuple(await self.database.read(lambda session: session.exec(wanted).all()))


_NEWEST_FIRST = (col(IncidentRow.created_at).desc(), col(IncidentRow.id).desc())
_UNFINISHED = col(IncidentRow.status).not_in(_FINAL)


def _free(now: datetime) -> ColumnElement[bool]:
    """Whether nobody drives it. A lease beyond all measure was written by a clock that was wrong."""
    until = col(IncidentRow.lease_until)
    return or_(until.is_(None), until <= now, until > now + LONGEST_LEASE)


def _asks_people(now: datetime) -> ColumnElement[bool]:
    """Whether the incident's latest proposal is undecided and there is still time to decide."""
    any_of_it = aliased(ProposalRow)
    latest = (
        select(func.max(any_of_it.revision))
        .where(col(any_of_it.incident_id) == col(IncidentRow.id))
        .correlate(IncidentRow)
        .scalar_subquery()
    )
    return (
        select(ProposalRow.id)
        .where(col(ProposalRow.incident_id) == col(IncidentRow.id), col(ProposalRow.revision) == latest)
        .where(col(ProposalRow.verdict) == Verdict.PENDING.value, col(ProposalRow.expires_at) > now)
        .correlate(IncidentRow)
        .exists()
    )


def from_row(row: IncidentRow) -> Incident:
    """The incident as it stands now."""
    return row.value.model_copy(update={"status": Status(row.status), "updated_at": row.updated_at})
