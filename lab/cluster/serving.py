"""An ASGI application on a loopback port, with TLS or without, in a daemon thread."""

import asyncio
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvicorn

STOP_SECONDS: Final = 6.0
GRACE_SECONDS: Final = 1.0
"""For requests under way at the end."""
TICK_SECONDS: Final = 1.0
"""Between fresh dates in the headers of answers."""
FAREWELLS: Final = 5
"""Turns of the loop in which aborted connections tell their protocols, TLS in between."""
KEEP_ALIVE_SECONDS: Final = 90
"""Idle connections live as long as the API server's do, so that clients may pool them."""


class LoopbackServer:
    """Serves until `stop`; `port` is known from the start."""

    def __init__(
        self, application: Any, port: int, certificate: Path | None = None, key: Path | None = None
    ) -> None:
        """Port 0 takes a free one; without a certificate it speaks plain HTTP."""
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name="lab-server", daemon=True)

    def start(self) -> None:
        """Return when it answers. Raises RuntimeError when it does not come up."""
        self._thread.start()
        if not self._server.ready.wait(10):
            raise RuntimeError("a server of the lab did not come up within 10 s")

    def stop(self) -> None:
        """Close the port and wait for the thread."""
        self._server.leave()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


class _Server(uvicorn.Server):
    """Uvicorn's own looks every 0.1 s whether it shall leave, and then naps as long: too slow for many a drill."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """From any thread: serve no longer."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._leaving.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        # Clients keep idle connections; a polite TLS farewell would wait for each of them.
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        for _ in range(FAREWELLS):
            await asyncio.sleep(0)
        if tasks := tuple(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
