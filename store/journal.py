"""The append-only record of each incident."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update

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
        count = count.values(last_seq=col(IncidentRow.last_seq) + 1)
        async with self.database.writing() as session:
            seq = (await session.exec(count.returning(col(IncidentRow.last_seq)))).scalar_one_or_none()
            if seq is None:
                raise BadInput(f"There is no incident {incident_id}; look it up with aoi incident list.")
            entry = Entry(incident_id=incident_id, seq=seq, key=key, at=at, step=step)
            new = insert(session, EntryRow).values(**dict(entry))
            new = new.on_conflict_do_nothing(index_elements=["incident_id", "key"])
            if await inserted(session, new, col(EntryRow.seq)):
                return entry
            await session.rollback()
        return await self._entry(incident_id, key)

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        """The whole run so far, or `None` for an unknown incident."""
        lines = select(EntryRow).where(EntryRow.incident_id == incident_id).order_by(col(EntryRow.seq))
        async with self.database.reading() as session:
            row = await session.get(IncidentRow, incident_id)
            entries = (await session.exec(lines)).all() if row else ()
        return Trajectory(incident=from_row(row), entries=tuple(_entry(e) for e in entries)) if row else None

    async def _entry(self, incident_id: str, key: str) -> Entry:
        line = select(EntryRow).where(EntryRow.incident_id == incident_id, EntryRow.key == key)
        async with self.database.reading() as session:
            return _entry((await session.exec(line)).one())


def _entry(row: EntryRow) -> Entry:
    return Entry(incident_id=row.incident_id, seq=row.seq, key=row.key, at=row.at, step=row.step)
