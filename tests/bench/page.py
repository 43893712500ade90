"""What an engineer sees on the page of local-slack, and the moment it appeared there.

Slack's own timestamps are no help: those of local-slack are whole seconds with a counter.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from domain.errors import Temporary
from lab.slack.engineer import Shown, shown
from lab.slack.server import LocalSlack

CHOICE, VERDICT = "Approve", "👍 Helped"
"""Buttons of a proposal, and of a run that has ended."""


class NotInTime(Temporary):
    """A bench waited in vain; its figures would be worth nothing."""


@dataclass(frozen=True)
class Seen:
    """A message of the bot as it was posted or edited."""

    message: Shown
    at: float
    """Seconds of the monotonic clock."""


@dataclass
class Page:
    """All that the bot showed, by thread and in order."""

    bot_user: str
    _threads: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def seen(self, thread: str, *buttons: str) -> Seen | None:
        """The first message of a thread, or the first that has one of these buttons."""
        there = self._threads[thread]
        return next((s for s in there if not buttons or any(b in s.message.buttons for b in buttons)), None)

    async def wait_for(self, what: str, there: Callable[[], bool], limit: float) -> None:
        """Return as soon as `there` holds.

        Raises:
            NotInTime: it took longer than `limit` seconds.
        """
        try:
            async with asyncio.timeout(limit):
                while not there():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as e:
            raise NotInTime(f"The bench waited {limit:.0f} s for {what}.") from e

    async def follow(self, socket: ClientWebSocketResponse) -> None:
        """Note what the page is told, until cancelled."""
        async for told in socket:
            if told.type is WSMsgType.TEXT:
                self._note(json.loads(told.data))

    def _note(self, event: dict[str, Any]) -> None:
        message = event.get("message", {})
        if event["t"] in ("message", "message_update") and message.get("user") == self.bot_user:
            self._threads[message.get("thread_ts", "")].append(Seen(shown(message), time.monotonic()))
            self._changed.set()


@asynccontextmanager
async def open_page(slack: LocalSlack, session: ClientSession) -> AsyncIterator[Page]:
    """The page, followed while the context lasts."""
    page = Page(slack.bot_user)
    async with session.ws_connect(f"{slack.url}/ui", max_msg_size=0) as socket:
        task = asyncio.create_task(page.follow(socket), name="page")
        try:
            yield page
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
