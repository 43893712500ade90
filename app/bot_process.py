"""The bot as a process of its own beside the demo, started again when it dies."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from domain.errors import AoiError

SERVE = (sys.executable, "-m", "app", "serve")
READY_SECONDS = 30.0
POLL_SECONDS = 0.05
STOP_SECONDS = 15.0
MOST_STARTS = 20
"""A bot that dies this often is broken, not killed."""


class BotFailed(AoiError):
    """The bot did not come up."""


@dataclass
class BotProcess:
    """The supervised bot."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    health_port: int
    starts: int = 0
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def keep(self) -> None:
        """Start, and start again whenever it ends, until cancelled.

        Raises:
            BotFailed: it ended too often.
        """
        while self.starts < MOST_STARTS:
            self.starts += 1
            with (self.folder / "bot.log").open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self.command, cwd=self.folder, env=dict(self.environment), stdout=log, stderr=log
                )
            await self._process.wait()
        raise BotFailed(f"The bot ended {MOST_STARTS} times; see {self.folder / 'bot.log'}.")

    async def ready(self) -> None:
        """Wait until it hears people.

        Raises:
            BotFailed: it did not come up in time.
        """
        url = f"http://127.0.0.1:{self.health_port}/readyz"
        async with aiohttp.ClientSession() as session:
            for _ in range(int(READY_SECONDS / POLL_SECONDS)):
                with suppress(aiohttp.ClientError):
                    async with session.get(url) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(POLL_SECONDS)
        raise BotFailed(f"The bot was not ready within {READY_SECONDS:.0f} s; see {self.folder / 'bot.log'}.")

    async def stop(self) -> None:
        """End it: politely first."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def running_bot(
    settings: Mapping[str, str], folder: Path, command: Sequence[str]
) -> AsyncIterator[BotProcess]:
    """Run the bot on these settings while the context lasts; ready on entry.

    Nothing of the caller's own AOI settings or kubeconfig reaches it.
    """
    port = _free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AOI_", "KUBE"))}
    bot = BotProcess(command, {**own, **settings, "AOI_HEALTH_PORT": str(port)}, folder, port)
    keeper = asyncio.create_task(bot.keep(), name="bot")
    try:
        await bot.ready()
        yield bot
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError, BotFailed):
            await keeper
        await bot.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
