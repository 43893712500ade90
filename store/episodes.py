"""What learning reads: the ended runs of production, put together of their rows, and the kept runs of the lab."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from domain.episodes import Episode, Replay
from domain.errors import BadInput
from domain.incident import Status
from domain.journal import Trajectory
from store.engine import Database
from store.incidents import from_row
from store.insert import insert
from store.journal import entry_from
from store.tables import EntryRow, EpisodeRow, IncidentRow, ModelCallRow, ReplayRow

_Of = TypeVar("_Of", EntryRow, ModelCallRow, ReplayRow)
_ENDED = [status.value for status in Status if status.final]


@dataclass(frozen=True)
class SqlEpisodes:
    """`domain.ports.Episodes` in SQL."""

    database: Database

    async def keep(self, episode: Episode) -> None:
        """Keep a run of the lab; the same id again replaces it. It never becomes an incident of the team's."""
        new = {"at": episode.at, "value": episode}

        def work(session: Session) -> None:
            put = insert(session, EpisodeRow).values(id=episode.id, **new)
            session.exec(put.on_conflict_do_update(index_elements=["id"], set_=new))

        await self.database.write(work)

    async def link(self, incident_id: str, replay: Replay) -> None:
        """Note where an incident can be played again; a later note replaces it.

        Raises:
            BadInput: there is no such incident.
        """

        def work(session: Session) -> None:
            if session.get(IncidentRow, incident_id) is None:
                raise BadInput(f"There is no incident {incident_id}; `aoi incident list` names them.")
            put = insert(session, ReplayRow).values(incident_id=incident_id, value=replay)
            session.exec(put.on_conflict_do_update(index_elements=["incident_id"], set_={"value": replay}))

        await self.database.write(work)

    async def get(self, incident_id: str) -> Episode | None:
        """One run, or `None`."""

        def work(session: Session) -> Episode | None:
            kept = session.get(EpisodeRow, incident_id)
            if kept is not None:
                return kept.value
            return next(iter(_lived(session, col(IncidentRow.id) == incident_id)), None)

        return await self.database.read(work)

    async def since(self, at: datetime | None = None) -> tuple[Episode, ...]:
        """Every run that has ended and went on at or after `at`, oldest first; all of them without it."""

        def work(session: Session) -> list[Episode]:
            kept = select(EpisodeRow)
            wanted: ColumnElement[bool] = col(IncidentRow.status).in_(_ENDED)
            if at is not None:
                kept = kept.where(col(EpisodeRow.at) >= at)
                spoken = exists().where(col(EntryRow.incident_id) == col(IncidentRow.id), col(EntryRow.at) >= at)
                wanted &= or_(col(IncidentRow.updated_at) >= at, spoken)
            return [row.value for row in session.exec(kept)] + _lived(session, wanted)

        found = await self.database.read(work)
        return tuple(sorted(found, key=lambda episode: (episode.at, episode.id)))


def _lived(session: Session, which: ColumnElement[bool]) -> list[Episode]:
    """The runs of production among incidents, in four statements however many there are."""
    ids = select(IncidentRow.id).where(which)
    entries = _by_incident(session, select(EntryRow).order_by(col(EntryRow.seq)), EntryRow, ids)
    calls = select(ModelCallRow).order_by(col(ModelCallRow.at), col(ModelCallRow.id))
    asked = _by_incident(session, calls, ModelCallRow, ids)
    replays = _by_incident(session, select(ReplayRow), ReplayRow, ids)
    return [
        Episode(
            trajectory=Trajectory(incident=from_row(row), entries=tuple(map(entry_from, entries[row.id]))),
            calls=tuple(call.value for call in asked[row.id]),
            replay=next((link.value for link in replays[row.id]), None),
        )
        for row in session.exec(select(IncidentRow).where(which)).all()
    ]


def _by_incident(
    session: Session, rows: SelectOfScalar[_Of], table: type[_Of], ids: SelectOfScalar[str]
) -> Mapping[str, Sequence[_Of]]:
    """The rows of these incidents, in the order that was asked for."""
    found: dict[str, list[_Of]] = defaultdict(list)
    for row in session.exec(rows.where(col(table.incident_id).in_(ids))):
        found[row.incident_id].append(row)
    return found
