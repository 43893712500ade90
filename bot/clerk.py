"""The clerk: takes stored deliveries and has them answered. Each is done once, also after a crash."""

import asyncio
import logging
from dataclasses import dataclass

from pydantic import ValidationError

from bot.deliveries import DELIVERY
from bot.names import INBOX
from bot.replies import Replies
from domain.errors import AoiError, Temporary
from domain.ports import Bell, Clock, Inbox, Received

log = logging.getLogger(__name__)

_LEASE_SECONDS = 60.0
"""After this long without an end, another process takes the delivery."""
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Clerk:
    """Run `run` as a task; cancelling it leaves what is under way to its lease."""

    inbox: Inbox
    replies: Replies
    clock: Clock
    bell: Bell
    owner: str
    hands: int = 4
    """Deliveries worked on at once."""

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for hand in range(self.hands):
                group.create_task(self._work(f"{self.owner}/{hand}"), name=f"clerk {hand}")

    async def _work(self, owner: str) -> None:
        while True:
            try:
                worked = await self.step(owner)
            except AoiError as e:
                log.warning("The inbox does not answer, trying again: %s", e)
                worked = False
            if not worked:
                await self.bell.wait(INBOX, _POLL_SECONDS)

    async def step(self, owner: str) -> bool:
        """Work on one delivery; false when there is none."""
        item = await self.inbox.take(owner, self.clock.now(), _LEASE_SECONDS)
        if item is None:
            return False
        if await self._answered(item):
            await self.inbox.done(item.key)
        return True

    async def _answered(self, item: Received) -> bool:
        """Whether the delivery is finished with; what failed for now is taken again when its lease ends."""
        try:
            delivery = DELIVERY.validate_python(item.body)
        except ValidationError:
            log.exception("Delivery %s is from another version of AOI and is left out.", item.key)
            return True
        try:
            await self.replies.reply(item.key, delivery)
        except Temporary as e:
            log.warning("Delivery %s has to wait: %s", item.key, e)
            return False
        except AoiError as e:
            await self.replies.tell(item.key, delivery, str(e))
        except Exception:
            log.exception("Delivery %s broke the clerk.", item.key)
            words = (
                "Something broke in AOI while I read this; the log says what. Nothing was changed in the cluster."
            )
            await self.replies.tell(item.key, delivery, words)
        return True
