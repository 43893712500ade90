"""The append-only record of each incident."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from domain.errors import BadInput
from domain.journal import Entry, Step, Trajectory
from store.engine import Database
from store.incidents import from_row
from store.insert import insert, inserted
from store.tables import EntryRow, IncidentRow


@dataclass(frozen=True)
class SqlJournal:
    """`domain.ports.Journal` in SQL."""

    database: Database

    async def append(self, incident_id: str, key: str, at: datetime, step: Step) -> Entry:
        """Append a step; a key that is there already returns its entry and changes nothing.

        Raises:
            BadInput: there is no such incident.
        """
        # The counter makes appends to one incident queue, on PostgreSQL too, so that `seq` has no gaps.
        count = update(IncidentRow).where(col(IncidentRow.id) == incident_id)
        count = count.values(last_seq=col(IncidentRow.last_seq) + 1).returning(col(IncidentRow.last_seq))
        there = select(EntryRow).where(EntryRow.incident_id == incident_id, EntryRow.key == key)

        def work(session: Session) -> Entry:
            seq = session.exec(count).scalar_one_or_none()
            if seq is None:
                raise BadInput(f"There is no incident {incident_id}; look it up with aoi incident list.")
            entry = Entry(incident_id=incident_id, seq=seq, key=key, at=at, step=step)
            new = insert(session, EntryRow).values(**dict(entry))
            new = new.on_conflict_do_nothing(index_elements=["incident_id", "key"])
            if inserted(session, new, col(EntryRow.seq)):
                return entry
            earlier = entry_from(session.exec(there).one())
            session.rollback()
            return earlier

        return await self.database.write(work)

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        """The whole run so far, or `None` for an unknown incident."""
        lines = select(EntryRow).where(EntryRow.incident_id == incident_id).order_by(col(EntryRow.seq))

        def work(session: Session) -> Trajectory | None:
            row = session.get(IncidentRow, incident_id)
            if row is None:
                return None
            return Trajectory(incident=from_row(row), entries=tuple(map(entry_from, session.exec(lines))))

        return await self.database.read(work)


def entry_from(row: EntryRow) -> Entry:
    """The line as it was written."""
    return Entry(incident_id=row.incident_id, seq=row.seq, key=row.key, at=row.at, step=row.step)
