"""Keeps the cards of retrains as they stand, whoever works on them, and puts the pictures below."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from bot.cards.retrain import retrain_card
from bot.names import OUTBOX, RETRAINS
from bot.ports import Learning
from bot.slack import Slack
from domain.errors import AoiError
from domain.ports import Bell, Clock, Outbox
from domain.retrain import Retrain

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""A retrain is worked on in another process, which rings no bell here."""
_NEWEST = 3
"""Cards that may still change."""


@dataclass(frozen=True)
class RetrainBoard:
    """Run `run` as a task."""

    learning: Learning
    outbox: Outbox
    slack: Slack
    clock: Clock
    bell: Bell
    _shown: set[str] = field(default_factory=set)
    """Retrains whose pictures were looked after by this process."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.refresh()
            except AoiError as e:
                log.warning("The cards of retrains have to wait: %s", e)
            await self.bell.wait(RETRAINS, POLL_SECONDS)

    async def refresh(self) -> None:
        """Make the wanted messages agree with the retrains."""
        for retrain in await self.learning.latest(_NEWEST):
            if not retrain.channel:
                continue
            if await self.outbox.want(retrain_card(retrain), self.clock.now()):
                self.bell.ring(OUTBOX)
            if retrain.report and retrain.id not in self._shown:
                await self._illustrate(retrain)

    async def _illustrate(self, retrain: Retrain) -> None:
        """The report's pictures in the card's thread, once: a process before this one may have put them there."""
        ts = await self.slack.find(retrain_card(retrain))
        if ts is None:
            return  # the card itself is on its way
        files = await asyncio.to_thread(_pictures, Path(retrain.report))
        thread = retrain.thread or ts
        there = await self.slack.files_in(retrain.channel, thread)
        for title, file in files.items():
            name = f"{retrain.id}: {title}"
            if name not in there:
                await self.slack.upload(retrain.channel, thread, file, name)
        self._shown.add(retrain.id)


def _pictures(folder: Path) -> dict[str, Path]:
    """The PNG files by their titles."""
    return {file.stem.replace("-", " "): file for file in sorted(folder.glob("*.png"))}
