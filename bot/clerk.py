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
    hands: int = 16
    """Deliveries worked on at once. They mostly wait for the store, behind the incidents that are driven."""

    async def run(self) -> None:
        """Work until cancelled. One task takes, for each look at the inbox is a write."""
        free = asyncio.Semaphore(self.hands)
        async with asyncio.TaskGroup() as group:
            while True:
                await free.acquire()
                work = group.create_task(self._work(await self._next()), name="clerk's hand")
                work.add_done_callback(lambda _: free.release())

    async def step(self) -> bool:
        """Work on one delivery; false when there is none."""
        item = await self._take()
        if item is not None:
            await self._finish(item)
        return item is not None

    async def _next(self) -> Received:
        """The next delivery, waited for."""
        while True:
            try:
                item = await self._take()
            except AoiError as e:
                log.warning("The inbox does not answer, trying again: %s", e)
                item = None
            if item is not None:
                return item
            await self.bell.wait(INBOX, _POLL_SECONDS)

    async def _work(self, item: Received) -> None:
        try:
            await self._finish(item)
        except AoiError as e:
            log.warning("Delivery %s is taken again when its lease ends: %s", item.key, e)

    async def _take(self) -> Received | None:
        return await self.inbox.take(self.owner, self.clock.now(), _LEASE_SECONDS)

    async def _finish(self, item: Received) -> None:
        if await self._answered(item):
            await self.inbox.done(item.key)

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
