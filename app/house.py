"""The rooms joined: from the parts of a process to the graph that runs on them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from app.ambient import process_name
from app.eyes import eyes_of
from app.hands import executor_of, planner_of
from app.model import chat_policy, shortener_of
from app.parts import Parts
from domain.ports import Board, Planner, Policy
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
from graph.probing import Probing
from graph.record import Record
from graph.service import IncidentService
from graph.supervisor import Supervisor
from tools.executor.service import Executor
from tools.remote_planner import RemotePlanner


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
    """`None` where another process does the writing."""

    @property
    def jobs(self) -> tuple[Executor, ...]:
        """What runs beside the graph: the embedded executor."""
        return (self.executor,) if self.executor else ()


def build_house(parts: Parts, board: Board, policy: Policy | None = None) -> House:
    """Join the parts. Nothing runs yet."""
    policy = policy or policy_of(parts)
    store, settings = parts.store, parts.settings
    record = Record(store.incidents, store.journal, board, parts.clock)
    memory = LongMemory(store.memories, store.journal, LessonBook(store.lessons, store.audit, parts.clock))
    eyes = eyes_of(parts)
    shortener = shortener_of(settings, parts.model, store.model_calls)
    lifetime = timedelta(minutes=settings.proposal_minutes)
    machine = build_machine(
        Observe(eyes, store.artifacts, record, Probing(eyes, store.artifacts, shortener)),
        Reason(policy, record, memory),
        ProposeAction(_planner(parts), store.approvals, record, lifetime, parts.rules.policy),
        Act(store.approvals, store.ledger, parts.bell, record),
        Report(record, memory),
        parts.checkpoints,
    )
    driver = Driver(machine, store.incidents, store.approvals, record, owner=process_name())
    service = IncidentService(
        store.incidents, store.approvals, eyes, record, memory, parts.ids, parts.bell, policy.name, settings.budget
    )
    supervisor = Supervisor(driver, store.incidents, store.approvals, board, parts.bell, parts.clock)
    executor = executor_of(parts.writing) if parts.writing else None
    return House(parts, record, memory, driver, service, supervisor, executor)


def policy_of(parts: Parts) -> Policy:
    """Who decides, by the settings."""
    match parts.settings.policy:
        case "playbook":
            return PlaybookPolicy()
        case "chat":
            return chat_policy(parts.settings, parts.model, parts.store.model_calls)
        case _:
            assert_never(parts.settings.policy)


def _planner(parts: Parts) -> Planner:
    """Plans are made where the writer is: here, or by the executor, which is asked."""
    if parts.writing is not None:
        return planner_of(parts.writing)
    return RemotePlanner(parts.store.plans, parts.clock, parts.ids, parts.bell)
