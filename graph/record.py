"""How a run leaves its trace: a journal entry, the incident's status, and a fresh card."""

import logging
from dataclasses import dataclass

from domain.errors import BadInput
from domain.incident import Status
from domain.journal import Entry, Step, Trajectory
from domain.ports import Board, Clock, Incidents, Journal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """The pen that nodes and the service share."""

    incidents: Incidents
    journal: Journal
    board: Board
    clock: Clock

    async def add(self, incident_id: str, key: str, *steps: Step, status: Status | None = None) -> list[Entry]:
        """Append steps under `key` (numbered when there are several), move the status, refresh the cards.

        A step that was appended under its key before a crash is returned as it is.
        """
        entries = []
        for number, step in enumerate(steps):
            name = key if len(steps) == 1 else f"{key}:{number}"
            entries.append(await self.journal.append(incident_id, name, self.clock.now(), step))
            log.info("Incident %s: %s.", incident_id, step.kind)
        if status is not None:
            await self.incidents.set_status(incident_id, status, self.clock.now())
        await self.board.refresh(incident_id)
        return entries

    async def trajectory(self, incident_id: str) -> Trajectory:
        """The run so far.

        Raises:
            BadInput: there is no such incident.
        """
        trajectory = await self.journal.trajectory(incident_id)
        if trajectory is None:
            raise BadInput(f"There is no incident {incident_id!r}; `aoi incident list` shows those there are.")
        return trajectory
