"""Sees to it that a retrain is worked on: a process of its own, so that neither outlives the other by accident.

The worker goes on while the bot restarts. Whether a worker lives is the database's to say, so a second one that is
started for nothing leaves at once.
"""

import asyncio
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bot.names import RETRAINS
from domain.errors import AoiError
from domain.ports import Bell, Retrains

log = logging.getLogger(__name__)

POLL_SECONDS = 30.0


@dataclass
class Crew:
    """Run `run` as a task; the worker is left to itself when it is cancelled."""

    retrains: Retrains
    bell: Bell
    folder: Path
    """Where the worker's log is kept."""
    _worker: asyncio.subprocess.Process | None = field(default=None)

    async def run(self) -> None:
        """Start a worker whenever a retrain runs and none of ours is at it."""
        while True:
            try:
                running = any(retrain.running for retrain in await self.retrains.latest(1))
                if running and (self._worker is None or self._worker.returncode is not None):
                    self._worker = await self._hire()
            except (AoiError, OSError) as error:
                log.warning("The retrain waits for a worker: %s", error)
            await self.bell.wait(RETRAINS, POLL_SECONDS)

    async def _hire(self) -> asyncio.subprocess.Process:
        """`aoi learn work`, in a session of its own: what ends the bot does not end it."""
        with _log(self.folder).open("ab") as to:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app", "learn", "work"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=to,
                stderr=to,
                start_new_session=True,
            )


def _log(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "worker.log"
