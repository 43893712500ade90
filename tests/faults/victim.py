"""The processes of a trial: `aoi serve` and `aoi executor` as they are, watched at every await.

They are forked from a server that has imported everything, so that a start takes a fraction of a second; what is
killed is a process of its own all the same. Leases and pauses are short, so that a table takes minutes.
"""

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import bot.desk
import graph.driver
import graph.nodes.observe
import graph.supervisor
import tools.executor.attempt
import tools.executor.loop
import tools.executor.service
from app.ambient import SystemClock
from app.parts import open_parts
from app.serving import run_bot, run_executor
from app.settings import Settings
from domain.ports import Clock
from graph.policies.texts import load_texts
from tests.faults.awaits import PATH, Awaits

for late in ("langgraph.checkpoint.postgres.aio", "psycopg_pool"):
    with suppress(ImportError, AttributeError):
        import_module(late)  # what is imported only when it is first used, so that no fork has to
load_texts()
LEASE_SECONDS = 1.5
STALE_SECONDS = 1.0


@dataclass(frozen=True)
class JumpingClock(SystemClock):
    """The machine's clock, set forward or back by `offset` seconds, which others change."""

    offset: Any

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset.value)


def live(role: str, settings: Settings, folder: Path, offset: Any) -> None:
    """The body of a process."""
    with (folder / f"{role}.log").open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    hurry()
    awaits = Awaits(folder, role)
    watch(awaits, alone=role == "executor")
    settings = settings.model_copy(update={"executor_stale_seconds": STALE_SECONDS})
    asyncio.run(_live(role, settings, awaits, JumpingClock(offset)))


async def _live(role: str, settings: Settings, awaits: Awaits, clock: Clock) -> None:
    awaits.install(asyncio.get_running_loop())
    await asyncio.create_task(run_executor(settings, clock) if role == "executor" else _serve(settings, clock))


async def _serve(settings: Settings, clock: Clock) -> None:
    async with open_parts(settings, clock) as parts:
        await run_bot(parts)


def hurry() -> None:
    """Short leases, pauses and polls."""
    graph.driver.LEASE_SECONDS = LEASE_SECONDS
    graph.driver.RENEW_SECONDS = LEASE_SECONDS / 3
    graph.driver.PAUSE_SECONDS = 0.2
    graph.supervisor.POLL_SECONDS = 0.2
    tools.executor.service.POLL_SECONDS = 0.1
    tools.executor.loop.TROUBLE_SECONDS = 0.3
    tools.executor.attempt.PAUSES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)


def watch(awaits: Awaits, alone: bool) -> None:
    """Mark the three ways: a click, a run that acts, and the executor; the look after an action ends them."""
    desk, driver = bot.desk.Desk, graph.driver.Driver
    executor, observe = tools.executor.service.Executor, graph.nodes.observe.Observe
    approve, drive, run_once, verify = desk.approve, driver.drive, executor.run_once, observe._verify

    async def approving(self: Any, *args: Any) -> Any:
        awaits.arm()
        PATH.set("approve")
        return await approve(self, *args)

    async def driving(self: Any, *args: Any) -> Any:
        PATH.set("act")
        return await drive(self, *args)

    async def executing(self: Any) -> Any:
        if alone:
            awaits.arm()
        PATH.set("executor")
        worked = await run_once(self)
        if alone and worked:
            awaits.disarm()
        return worked

    async def verifying(self: Any, *args: Any) -> Any:
        awaits.disarm()
        return await verify(self, *args)

    for owner, name, method in (
        (desk, "approve", approving),
        (driver, "drive", driving),
        (executor, "run_once", executing),
        (observe, "_verify", verifying),
    ):
        setattr(owner, name, method)
