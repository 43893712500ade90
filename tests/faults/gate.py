"""The API server as a writer may meet it: answers that are refused, late or lost, before or after the effect."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import ClientSession, TCPConnector, web

Moment = Literal["before", "after"]
Trouble = int | Literal["timeout"]
"""A status, or silence."""
LATE_SECONDS = 3.0
"""Longer than the writer waits."""
_ALWAYS = 1_000_000
_KEPT = ("Authorization", "Content-Type", "Accept")


@dataclass
class Gate:
    """Lets everything through but the next writes, as it is told."""

    url: str
    upstream: str
    trouble: Trouble = 0
    moment: Moment = "before"
    left: int = 0
    """Writes that are still to be troubled."""
    session: ClientSession | None = field(default=None, repr=False)

    def trouble_next(self, trouble: Trouble, moment: Moment, always: bool) -> None:
        """Let the next write go wrong, or all of them."""
        self.trouble, self.moment, self.left = trouble, moment, _ALWAYS if always else 1

    def calm(self) -> None:
        """Let everything through again."""
        self.left = 0

    async def pass_on(self, request: web.Request) -> web.Response:
        write = request.method != "GET" and "dryRun" not in request.query and "reviews" not in request.path
        troubled = write and self.left > 0
        if troubled:
            self.left -= 1
        if troubled and self.moment == "before":
            return await self._trouble()
        assert self.session is not None
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        body = await request.read()
        async with self.session.request(
            request.method, self.upstream + request.path_qs, headers=headers, data=body or None
        ) as answer:
            said = await answer.read()
            status, kind = answer.status, answer.headers.get("Content-Type", "application/json")
        if troubled:
            return await self._trouble()
        return web.Response(status=status, body=said, headers={"Content-Type": kind})

    async def _trouble(self) -> web.Response:
        if self.trouble == "timeout":
            await asyncio.sleep(LATE_SECONDS)
            return web.Response(status=504)
        return web.json_response({"kind": "Status", "message": "trouble"}, status=self.trouble)


@asynccontextmanager
async def gate(upstream: str, authority: str) -> AsyncIterator[Gate]:
    """Serve on loopback while the context lasts."""
    made = Gate("", upstream)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    made.url = f"http://127.0.0.1:{port}"
    trusted = ssl.create_default_context(cadata=authority)
    async with ClientSession(connector=TCPConnector(ssl=trusted)) as session:
        made.session = session
        try:
            yield made
        finally:
            await runner.cleanup()
