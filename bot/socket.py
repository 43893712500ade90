"""Socket Mode: two connections or more, ready only after Slack's hello, watched, and closed within a bound."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient

from bot.clients import patient_client
from bot.errors import slack_errors
from domain.errors import AoiError, SlackUnavailable
from domain.ports import Clock

log = logging.getLogger(__name__)

_PING_SECONDS = 5.0
_WATCH_SECONDS = 10.0
_SILENT_SECONDS = 45.0
"""Without a connection for this long, the SDK's own reconnecting has failed (bolt-python#1529)."""
_CLOSE_SECONDS = 5.0


@dataclass
class _Line:
    """One connection."""

    handler: AsyncSocketModeHandler
    hello: asyncio.Event = field(default_factory=asyncio.Event)
    lost_at: float | None = None
    """Monotonic time since which it is down."""


@dataclass
class Socket:
    """`start` returns when every connection has heard hello; run `watch` as a task; `close` is bounded."""

    app: AsyncApp
    app_token: str
    base_url: str
    connections: int
    clock: Clock
    _lines: list[_Line] = field(default_factory=list)

    async def start(self, seconds: float = 30.0) -> None:
        """Connect.

        Raises:
            SlackUnavailable: no hello came in time; the message names the connection.
            SlackRefused: Slack does not take the app token.
        """
        for number in range(1, self.connections + 1):
            line = self._line()
            self._lines.append(line)
            with slack_errors("a connection"):
                # asks for the address first: `connect` itself would try a refused token for ever
                line.handler.client.wss_uri = await line.handler.client.issue_new_wss_url()
            try:
                async with asyncio.timeout(seconds):
                    await line.handler.connect_async()  # type: ignore[no-untyped-call]
                    await line.hello.wait()
            except TimeoutError as e:
                text = f"Slack did not say hello on connection {number} within {seconds:.0f} s; is Socket Mode on?"
                raise SlackUnavailable(text) from e

    @property
    def ready(self) -> bool:
        """Whether a connection stands that has heard hello."""
        return any(line.hello.is_set() and line.lost_at is None for line in self._lines)

    async def watch(self) -> None:
        """Force a new connection where the SDK's own attempts came to nothing. Runs until cancelled."""
        while True:
            await self.clock.sleep(_WATCH_SECONDS)
            for line in self._lines:
                await self._look_after(line)

    async def close(self) -> None:
        """Close all connections; one that hangs is given up after the bound."""
        closing = [asyncio.create_task(_close(line)) for line in self._lines]
        if closing:
            _, late = await asyncio.wait(closing, timeout=_CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*closing, return_exceptions=True)
        self._lines.clear()

    async def _look_after(self, line: _Line) -> None:
        now = self.clock.monotonic()
        if await line.handler.client.is_connected():
            line.lost_at = None
            return
        line.lost_at = now if line.lost_at is None else line.lost_at
        if now - line.lost_at < _SILENT_SECONDS:
            return
        log.warning("A connection to Slack is down for %.0f s; connecting anew.", now - line.lost_at)
        line.lost_at = now
        try:
            with slack_errors("a new connection"):
                async with asyncio.timeout(_SILENT_SECONDS):
                    await line.handler.client.connect_to_new_endpoint(force=True)
        except AoiError as e:
            log.warning("%s", e)

    def _line(self) -> _Line:
        web = patient_client(self.app_token, self.base_url)
        handler = AsyncSocketModeHandler(self.app, self.app_token, web_client=web, ping_interval=_PING_SECONDS)
        line = _Line(handler)

        async def heard(
            _client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: str | None = None
        ) -> None:
            if message.get("type") == "hello":
                line.hello.set()
                line.lost_at = None

        handler.client.message_listeners.append(heard)
        return line


async def _close(line: _Line) -> None:
    await line.handler.close_async()  # type: ignore[no-untyped-call]
