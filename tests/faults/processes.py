"""Processes that are forked, killed, stopped and woken up, each by its id."""

import asyncio
import multiprocessing
import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from app.settings import Settings
from tests.faults.victim import live

CONTEXT = multiprocessing.get_context("forkserver")
READY_SECONDS = 30.0
POLL = 0.02


@dataclass
class Victim:
    """One running `aoi serve` or `aoi executor`."""

    role: str
    port: int
    process: Any
    session: aiohttp.ClientSession

    @classmethod
    async def start(
        cls, role: str, settings: Settings, folder: Path, offset: Any, session: aiohttp.ClientSession
    ) -> "Victim":
        """Fork it, and wait until it hears."""
        port = _free_port()
        given = settings.model_copy(update={"health_port": port})
        process = CONTEXT.Process(target=live, args=(role, given, folder, offset), daemon=True)
        await asyncio.to_thread(process.start)
        victim = cls(role, port, process, session)
        async with asyncio.timeout(READY_SECONDS):
            while not await victim.hears():
                if not victim.alive:
                    raise RuntimeError(f"{role} ended at its start; see {folder / role}.log.")
                await asyncio.sleep(POLL)
        return victim

    async def hears(self) -> bool:
        """Whether it is ready."""
        with suppress(aiohttp.ClientError, TimeoutError):
            quick = aiohttp.ClientTimeout(total=1)
            async with self.session.get(f"http://127.0.0.1:{self.port}/readyz", timeout=quick) as answer:
                return answer.status == 200
        return False

    async def listening(self) -> None:
        """Wait until it is ready."""
        async with asyncio.timeout(READY_SECONDS):
            while not await self.hears():  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL)

    @property
    def alive(self) -> bool:
        return bool(self.process.is_alive())

    @property
    def stopped(self) -> bool:
        """Whether a SIGSTOP has taken effect."""
        with suppress(OSError):
            state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
            return state == "T"
        return False

    def wake(self) -> None:
        """Let it go on where it was stopped."""
        os.kill(self.process.pid, signal.SIGCONT)

    async def kill(self) -> None:
        """End it as kill -9 does."""
        if self.alive:
            os.kill(self.process.pid, signal.SIGKILL)
        await asyncio.to_thread(self.process.join)


@dataclass
class Crew:
    """The processes that run now; those that are missing are started anew."""

    settings: dict[str, Settings]
    """By role."""
    folder: Path
    offset: Any
    session: aiohttp.ClientSession
    running: dict[str, Victim] = field(default_factory=dict)
    """By name: the role, or the role with a number for a further replica."""

    async def up(self, *names: str) -> None:
        """See to it that these run."""
        for name in names or self.settings:
            found = self.running.get(name)
            if found is None or not found.alive:
                role = name.rstrip("0123456789")
                self.running[name] = await Victim.start(
                    role, self.settings[role], self.folder, self.offset, self.session
                )

    async def down(self, *names: str) -> None:
        """End these, or all."""
        for name in names or tuple(self.running):
            victim = self.running.pop(name, None)
            if victim is not None:
                await victim.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
