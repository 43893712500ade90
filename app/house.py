"""The rooms joined: from the parts of a process to the graph that runs on them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from app.ambient import process_name
from app.eyes import eyes_of
from app.model import chat_policy
from app.parts import Parts
from domain.ports import Board, Policy
from graph.build import build_machine
from graph.driver import Driver
from graph.lessons.service import LessonBook
from graph.memory.service import LongMemory
from graph.nodes.act import Act
from graph.nodes.observe import Observe
from graph.nodes.propose import ProposeAction
from graph.nodes.reason import Reason
from graph.nodes.report import Report
from graph.policies.playbook import PlaybookPolicy
from graph.record import Record
from graph.service import IncidentService
from graph.supervisor import Supervisor
from tools.executor.service import Executor
from tools.planner import ClusterPlanner


class SilentBoard:
    """A board for surfaces that read the journal themselves: the terminal and the lab."""

    async def refresh(self, incident_id: str) -> None:
        """Nothing to show."""


@dataclass(frozen=True)
class House:
    """What a process runs and what it asks of it."""

    parts: Parts
    record: Record
    memory: LongMemory
    driver: Driver
    service: IncidentService
    supervisor: Supervisor
    executor: Executor | None


def build_house(parts: Parts, board: Board, policy: Policy | None = None) -> House:
    """Join the parts. Nothing runs yet."""
    policy = policy or policy_of(parts)
    store, settings = parts.store, parts.settings
    record = Record(store.incidents, store.journal, board, parts.clock)
    memory = LongMemory(store.memories, store.journal, LessonBook(store.lessons, store.audit, parts.clock))
    eyes = eyes_of(parts)
    planner = ClusterPlanner(
        parts.live, parts.dry_run, parts.guardrails, store.approvals, store.ledger, parts.clock
    )
    lifetime = timedelta(minutes=settings.proposal_minutes)
    machine = build_machine(
        Observe(eyes, store.artifacts, record),
        Reason(policy, record, memory),
        ProposeAction(planner, store.approvals, record, lifetime, parts.rules.policy),
        Act(store.approvals, store.ledger, parts.bell, record),
        Report(record, memory),
        parts.checkpoints,
    )
    driver = Driver(machine, store.incidents, store.approvals, record, owner=process_name())
    service = IncidentService(
        store.incidents, store.approvals, eyes, record, memory, parts.ids, parts.bell, policy.name, settings.budget
    )
    supervisor = Supervisor(driver, store.incidents, store.approvals, board, parts.bell, parts.clock)
    return House(parts, record, memory, driver, service, supervisor, executor_of(parts))


def policy_of(parts: Parts) -> Policy:
    """Who decides, by the settings."""
    match parts.settings.policy:
        case "playbook":
            return PlaybookPolicy()
        case "chat":
            return chat_policy(parts.settings, parts.model, parts.store.model_calls)
        case _:
            assert_never(parts.settings.policy)


def executor_of(parts: Parts) -> Executor | None:
    """The executor of this process; `None` where another process does the writing."""
    if parts.writer is None:
        return None
    return Executor(
        name=process_name(),
        ledger=parts.store.ledger,
        approvals=parts.store.approvals,
        hands=parts.writer,
        guardrails=parts.guardrails,
        clock=parts.clock,
        bell=parts.bell,
        stale_seconds=parts.settings.executor_stale_seconds,
    )


@asynccontextmanager
async def working(executor: Executor | None) -> AsyncIterator[None]:
    """Run the executor beside; at the end the write under way is finished first."""
    if executor is None:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.create_task(executor.run(stop), name="executor")
    try:
        yield
    finally:
        stop.set()
        executor.bell.ring("ledger")
        with suppress(asyncio.CancelledError):
            await task
