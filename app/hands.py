"""The writing side: the writer identity and all that it takes to use it.

`aoi executor` opens it and nothing else; `aoi serve` opens it only where the executor is embedded. No other module
gets at the writer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from app.ambient import process_name
from app.connect import connect_writer
from app.lab_mark import refuse_real_cluster
from app.settings import Settings
from domain.ports import Bell, Clock
from domain.topics import LEDGER, PLANS
from store.build import Store
from tools.cluster.dryrun import DryRun
from tools.cluster.writer import Writer
from tools.executor.attempt import Hands
from tools.executor.planning import PlanDesk
from tools.executor.service import Executor
from tools.guardrails.service import Guardrails
from tools.planner import ClusterPlanner, DryRunner
from tools.write.scene import Source


@dataclass(frozen=True)
class Writing:
    """What the executor runs on."""

    settings: Settings
    clock: Clock
    bell: Bell
    store: Store
    guardrails: Guardrails
    source: Source
    """What plans are made from: unredacted objects, as the process is allowed to read them."""
    dry_run: DryRunner
    writer: Hands


@asynccontextmanager
async def open_writing(
    settings: Settings,
    store: Store,
    guardrails: Guardrails,
    clock: Clock,
    bell: Bell,
    source: Source | None = None,
) -> AsyncIterator[Writing]:
    """Open the writer's connection; without a `source` the writer reads for itself.

    Raises:
        Misconfigured: a setting does not fit.
        ClusterUnreachable: the credentials cannot be had.
    """
    async with await connect_writer(settings) as connection:
        if settings.local_slack:
            await refuse_real_cluster(connection)
        writer = Writer(connection)
        yield Writing(settings, clock, bell, store, guardrails, source or writer, DryRun(connection), writer)


def executor_of(writing: Writing) -> Executor:
    """Carries out what is granted."""
    return Executor(
        name=process_name(),
        ledger=writing.store.ledger,
        approvals=writing.store.approvals,
        journal=writing.store.journal,
        hands=writing.writer,
        guardrails=writing.guardrails,
        clock=writing.clock,
        bell=writing.bell,
        stale_seconds=writing.settings.executor_stale_seconds,
    )


def planner_of(writing: Writing) -> ClusterPlanner:
    """Tries what could be done, and changes nothing."""
    store = writing.store
    return ClusterPlanner(
        writing.source, writing.dry_run, writing.guardrails, store.approvals, store.ledger, writing.clock
    )


def plan_desk_of(writing: Writing) -> PlanDesk:
    """Tries it for processes that hold no right to."""
    return PlanDesk(process_name(), writing.store.plans, planner_of(writing), writing.clock, writing.bell)


class Job(Protocol):
    """A loop of the executor's."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is under way is finished first."""


@dataclass(frozen=True)
class Workers:
    """The loops that run."""

    tasks: tuple[asyncio.Task[None], ...]

    @property
    def alive(self) -> bool:
        """Whether every loop runs."""
        return not any(task.done() for task in self.tasks)

    async def failed(self) -> None:
        """Return, or raise its error, when a loop has ended; they all run until they are stopped."""
        if not self.tasks:
            await asyncio.Event().wait()
        done, _ = await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


@asynccontextmanager
async def working(bell: Bell, *jobs: Job) -> AsyncIterator[Workers]:
    """Run the loops beside; at the end what is under way is finished first."""
    stop = asyncio.Event()
    tasks = tuple(asyncio.create_task(job.run(stop), name=type(job).__name__) for job in jobs)
    try:
        yield Workers(tasks)
    finally:
        stop.set()
        for topic in (LEDGER, PLANS):
            bell.ring(topic)
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
