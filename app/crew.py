"""Sees to it that a retrain is worked on: by a process of its own, which goes on while the bot restarts.

Whether a worker lives is the database's to say, so a second one that is started for nothing leaves at once.
"""

import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.names import RETRAINS
from domain.errors import AoiError
from domain.ports import Bell, Retrains

log = logging.getLogger(__name__)

WORK: Final = (sys.executable, "-m", "app", "learn", "work")
POLL_SECONDS = 60.0
"""A retrain that was asked for elsewhere, or whose worker died, waits that long at most for the next one."""


@dataclass
class Crew:
    """Run `run` as a task; the worker is left to itself when it is cancelled."""

    retrains: Retrains
    bell: Bell
    folder: Path
    """Where the worker's log is kept."""
    command: Sequence[str] = WORK
    worker: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    """The last one that this process started."""

    async def run(self) -> None:
        """Start a worker whenever a retrain runs and none of ours is at it."""
        while True:
            try:
                if not self._working() and any(retrain.running for retrain in await self.retrains.latest(1)):
                    self.worker = self._hire()
            except (AoiError, OSError) as error:
                log.warning("The retrain waits for a worker: %s", error)
            await self.bell.wait(RETRAINS, POLL_SECONDS)

    def _working(self) -> bool:
        """Whether ours is at work; one that failed is told of, once."""
        if self.worker is None:
            return False
        status = self.worker.poll()
        if status is None:
            return True
        if status != 0:
            log.warning("A worker ended with status %d; %s says why.", status, self._log)
        self.worker = None
        return False

    def _hire(self) -> "subprocess.Popen[bytes]":
        """In a session of its own, and no child of asyncio, which kills those when its loop ends with the bot."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as to:
            return subprocess.Popen(  # noqa: S603 - our own command
                self.command, stdin=subprocess.DEVNULL, stdout=to, stderr=to, start_new_session=True
            )

    @property
    def _log(self) -> Path:
        return self.folder / "worker.log"
