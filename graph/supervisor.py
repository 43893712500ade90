"""The loop that finds incidents to drive: new ones, decided ones, and those whose process died."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import AoiError
from domain.journal import Noted
from domain.ports import Approvals, Bell, Board, Clock, Incidents
from graph.driver import Driver

POLL_SECONDS = 1.0
"""How soon other processes' work is seen; work of this process rings the bell."""

OUTAGE_SECONDS = 10.0
"""A database that is away for less long delays things, and nobody has to know."""
MOST_TOLD = 100

log = logging.getLogger(__name__)


@dataclass
class Supervisor:
    """Drives every drivable incident, a bounded number at once."""

    driver: Driver
    incidents: Incidents
    approvals: Approvals
    board: Board
    bell: Bell
    clock: Clock
    at_once: int = 32
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _gone_since: datetime | None = None
    """Since when the database does not answer; `None` while it does."""

    async def run(self) -> None:
        """Loop until cancelled; running drives are then cancelled too and go on at the next start."""
        try:
            while True:
                try:
                    await self.tick()
                    await self._tell_of_outage()
                except AoiError as error:
                    self._gone_since = self._gone_since or self.clock.now()
                    log.warning("The supervisor has to wait: %s", error)
                await self.bell.wait("incidents", POLL_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def tick(self) -> None:
        """Expire what is past its time and start what can be driven."""
        for incident_id in await self.approvals.expire(self.clock.now()):
            await self.board.refresh(incident_id)
        for incident_id in await self.incidents.drivable(self.clock.now()):
            if len(self._running) >= self.at_once:
                break
            if incident_id not in self._running:
                task = asyncio.create_task(self.driver.drive(incident_id), name=f"drive {incident_id}")
                self._running[incident_id] = task
                task.add_done_callback(lambda _, key=incident_id: self._finished(key))  # type: ignore[misc]

    async def _tell_of_outage(self) -> None:
        """The database is back: who waits in a thread is told why nothing happened. Raises StoreUnavailable."""
        if self._gone_since is None:
            return
        since, now = self._gone_since, self.clock.now()
        if (now - since).total_seconds() >= OUTAGE_SECONDS:
            span = f"from {since:%H:%M:%S} to {now:%H:%M:%S} UTC"
            note = Noted(
                by="aoi", text=f"The database did not answer {span}; nothing was done meanwhile. I go on now."
            )
            for incident in await self.incidents.latest(MOST_TOLD, unfinished=True):
                # Several replicas notice it within a second of each other, and one of them says so.
                await self.driver.record.add(incident.id, f"outage:{since:%Y-%m-%dT%H:%M}", note)
        self._gone_since = None

    def _finished(self, incident_id: str) -> None:
        self._running.pop(incident_id, None)
        self.bell.ring("incidents")
