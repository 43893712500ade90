"""Slack's HTTP events mode: Slack sends requests to us, signed."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from domain.errors import Misconfigured

PATH = "/slack/events"


@dataclass
class Events:
    """Takes the place of `bot.socket.Socket` where Slack reaches us over HTTP. Bolt checks every signature."""

    app: AsyncApp
    port: int
    _runner: web.AppRunner | None = field(default=None, init=False)

    async def start(self) -> None:
        """Listen on every interface.

        Raises:
            Misconfigured: the port is taken.
        """
        runner = web.AppRunner(self.app.web_app(path=PATH), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, port=self.port).start()
        except OSError as e:
            await runner.cleanup()
            raise Misconfigured(f"AOI_SLACK_PORT is {self.port}, which is taken; choose a free one.") from e
        self._runner = runner

    @property
    def ready(self) -> bool:
        """Whether requests are taken."""
        return self._runner is not None

    async def watch(self) -> None:
        """Nothing to look after: a server has no connection to lose. Runs until cancelled."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Stop listening; requests under way are answered first."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
