"""The graph on a real store, with scripted eyes, planner and policy, and an executor that keeps the ledger."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from domain.execution import Effect
from domain.incident import Budget, Incident, Origin, Request
from domain.journal import Trajectory
from domain.policy import WritePolicy
from domain.ports import Policy, Shortener
from graph.build import build_machine
from graph.checkpoints import open_checkpoints
from graph.driver import Driver
from graph.lessons.service import LessonBook
from graph.memory.service import LongMemory
from graph.nodes.act import Act
from graph.nodes.observe import Observe
from graph.nodes.propose import ProposeAction
from graph.nodes.reason import Reason
from graph.nodes.report import Report
from graph.probing import Probing
from graph.record import Record
from graph.service import IncidentService
from store.build import Store, open_store
from tests.fakes import CountingBoard, CountingIds, HandClock, ScriptedEyes, ScriptedPlanner, SilentBell

_POLL = 0.002
"""Enough for the run beside to get on."""


@dataclass
class House:
    """What a test of the graph holds in its hands."""

    store: Store
    clock: HandClock
    board: CountingBoard
    eyes: ScriptedEyes
    driver: Driver
    service: IncidentService

    async def open(self, question: str = "checkout is down", **more: object) -> Incident:
        request = Request.model_validate(
            {"key": question, "origin": Origin(surface="terminal", user="U1"), "question": question, **more}
        )
        return await self.service.open(request)

    async def drive(self, incident: Incident) -> Trajectory:
        await self.driver.drive(incident.id)
        return await self.driver.record.trajectory(incident.id)

    async def kinds(self, incident: Incident) -> list[str]:
        trajectory = await self.driver.record.trajectory(incident.id)
        return [entry.step.kind for entry in trajectory.entries]

    @asynccontextmanager
    async def executor(self, effect: Effect = Effect.DONE, then: Effect | None = None) -> AsyncIterator[list[str]]:
        """Finishes what the ledger holds with `effect`, all but the first with `then`; yields the ids it took."""
        taken: list[str] = []

        async def work() -> None:
            while True:
                row = await self.store.ledger.take("exec", self.clock.now(), 30)
                if row is not None:
                    taken.append(row.proposal_id)
                    await self.store.ledger.intend(row.proposal_id, "exec", self.clock.now())
                    comes = then if then and len(taken) > 1 else effect
                    await self.store.ledger.finish(row.proposal_id, "exec", comes, "", self.clock.now())
                await asyncio.sleep(_POLL)

        task = asyncio.create_task(work())
        try:
            yield taken
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def house(
    folder: Path,
    policy: Policy,
    eyes: ScriptedEyes | None = None,
    planner: ScriptedPlanner | None = None,
    budget: Budget | None = None,
    rules: WritePolicy | None = None,
    shortener: Shortener | None = None,
) -> AsyncIterator[House]:
    """Open the house on the databases in `folder`; opening it again is a restart of the process."""
    store = await open_store(f"sqlite:///{folder / 'aoi.db'}")
    async with open_checkpoints(f"sqlite:///{folder / 'checkpoints.db'}") as checkpoints:
        clock, ids, bell, board = HandClock(), CountingIds(), SilentBell(), CountingBoard()
        eyes = eyes or ScriptedEyes()
        record = Record(store.incidents, store.journal, board, clock)
        memory = LongMemory(store.memories, store.journal, LessonBook(store.lessons, store.audit, clock))
        machine = build_machine(
            Observe(eyes, store.artifacts, record, Probing(eyes, store.artifacts, shortener)),
            Reason(policy, record, memory),
            ProposeAction(planner or ScriptedPlanner(), store.approvals, record, timedelta(minutes=30), rules),
            Act(store.approvals, store.ledger, bell, record),
            Report(record, memory),
            checkpoints,
        )
        driver = Driver(machine, store.incidents, store.approvals, record, owner="test")
        service = IncidentService(
            store.incidents, store.approvals, eyes, record, memory, ids, bell, policy.name, budget or Budget()
        )
        try:
            yield House(store, clock, board, eyes, driver, service)
        finally:
            await store.close()


def kinds_of(trajectory: Trajectory, kinds: Sequence[str]) -> list[str]:
    """The kinds of the entries, of those named."""
    return [entry.step.kind for entry in trajectory.entries if entry.step.kind in kinds]
