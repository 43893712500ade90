"""/healthz says that the process runs, /readyz that it hears people and every part works."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from domain.errors import Misconfigured


@asynccontextmanager
async def health(port: int, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Serve both on `port` while the context lasts; port 0 serves nothing.

    Raises:
        Misconfigured: the port is taken.
    """
    if port == 0:
        yield
        return

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ready\n") if ready() else web.Response(status=503, text="not ready\n")

    site = web.Application()
    site.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
    except OSError as error:
        await runner.cleanup()
        raise Misconfigured(f"AOI_HEALTH_PORT is {port}, which is taken; choose a free port or 0.") from error
    try:
        yield
    finally:
        await runner.cleanup()
