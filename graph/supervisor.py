"""The loop that finds incidents to drive: new ones, decided ones, and those whose process died."""

import asyncio
import logging
from dataclasses import dataclass, field

from domain.errors import AoiError
from domain.ports import Approvals, Bell, Board, Clock, Incidents
from graph.driver import Driver

POLL_SECONDS = 1.0
"""How soon other processes' work is seen; work of this process rings the bell."""

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

    async def run(self) -> None:
        """Loop until cancelled; running drives are then cancelled too and go on at the next start."""
        try:
            while True:
                try:
                    await self.tick()
                except AoiError as error:
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

    def _finished(self, incident_id: str) -> None:
        self._running.pop(incident_id, None)
        self.bell.ring("incidents")
