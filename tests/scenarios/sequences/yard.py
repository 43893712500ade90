"""A bot and an executor on one database, as two processes that can die apart, with fakes at the ports alone.

Real: the desk, the approvers, the graph and its checkpoints, the planner, the guardrails, both policies, the store
and the executor. Faked: Slack, the model, the eyes, the clock, and an API server of dictionaries.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.approvers import Approvers
from bot.desk import Desk
from bot.slack import Slack
from domain.actions import Action
from domain.approval import Grant, grant
from domain.cluster import Scope
from domain.decisions import Conclude, Decision, Propose
from domain.errors import SlackUnavailable
from domain.execution import Improvement
from domain.incident import Budget, Origin, Request
from domain.journal import Trajectory
from domain.judge import subject_of, terms_of
from domain.ports import Sight
from domain.proposal import Plan, Proposal
from domain.terms import Terms
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
from tests.fakes import CountingBoard, CountingIds, HandClock, ScriptedEyes, diagnosis
from tests.scenarios.sequences.ledger import Allowed, Effect
from tests.scenarios.sequences.rules import GROUP, MEMBERS, RULES
from tests.tools.api import TinyApi
from tests.tools.interrupt import Interrupter, Killed
from tools.cluster.dryrun import DryRun
from tools.executor.service import Executor
from tools.guardrails.case import Limits
from tools.guardrails.service import Guardrails
from tools.planner import ClusterPlanner
from tools.redact.service import Redactor

CHANNEL = "C1"
LIFETIME = timedelta(minutes=15)
STALE_SECONDS = 60.0
TICK_SECONDS = 45.0
"""A wait of the bot for the executor: it gives up when the proposal expires, after a few of them."""
_REDACTOR = Redactor()
_BUDGET = Budget(steps=200, proposals=100, seconds=1e9)


@dataclass
class Api(TinyApi):
    """Remembers each effect with the moment it had."""

    clock: HandClock = field(default_factory=HandClock)
    executor_rules: str = ""
    done: list[Effect] = field(default_factory=list)

    async def request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        before, count = deepcopy(self.objects.get(path)), len(self.effects)
        try:
            return await super().request(method, path, **more)
        finally:
            if len(self.effects) > count:
                body = deepcopy(more.get("body"))
                self.done.append(Effect(method, path, body, before, self.clock.now(), self.executor_rules))


@dataclass
class Ticking:
    """A wait lets others work, and time pass when nobody works: how long the work takes is chance."""

    clock: HandClock
    still: bool = False

    def ring(self, topic: str) -> None:
        return None

    async def wait(self, topic: str, seconds: float) -> None:
        await self.clock.sleep(0 if self.still else TICK_SECONDS)


@dataclass
class Whims:
    """The model: wants what the test says next, and ends when nothing is left."""

    wishes: list[Action] = field(default_factory=list)
    name: str = "playbook"

    async def decide(self, sight: Sight) -> Decision:
        if self.wishes and sight.proposals_left and sight.steps_left > 1:
            return Propose(summary="It may help.", action=self.wishes.pop(0), why="It may help.", confidence=0.5)
        return Conclude(summary="Enough.", diagnosis=diagnosis(), resolved=False, confidence=0.5)


@dataclass
class Groups:
    """Slack, as far as approvers ask it."""

    silent: bool = False

    async def members(self, group: str) -> frozenset[str]:
        if self.silent:
            raise SlackUnavailable("Slack does not answer.")
        return MEMBERS if group == GROUP else frozenset()


@dataclass
class Yard:
    """What a sequence acts on. `opened` before use, `closed` at the end."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    ids: CountingIds = field(default_factory=CountingIds)
    whims: Whims = field(default_factory=Whims)
    groups: Groups = field(default_factory=Groups)
    allowed: Allowed = field(default_factory=Allowed)
    bot_rules: str = "one of two"
    starts: int = 0

    def __post_init__(self) -> None:
        self.api = Api(clock=self.clock, executor_rules=self.bot_rules)
        self.api.objects |= {path: self.api.stamped(thing) for path, thing in TinyApi.shop().objects.items()}

    @property
    def desk(self) -> Desk:
        """Who takes clicks, under the policy that the bot holds now."""
        store = self.store
        slack = cast(Slack, self.groups)
        approvers = Approvers(RULES[self.bot_rules].policy, slack, self.clock)
        return Desk(self.service, store.approvals, store.journal, approvers, self.clock, str, store.audit)

    async def opened(self) -> None:
        """Start both processes."""
        self._stack = AsyncExitStack()
        self.executor_store = await open_store(f"sqlite:///{self.folder / 'aoi.db'}")
        self._stack.push_async_callback(self.executor_store.close)
        await self.restart_bot()

    async def closed(self) -> None:
        """Stop both."""
        await self._bot.aclose()
        await self._stack.aclose()

    async def restart_bot(self) -> None:
        """The bot's process ends, however it stands, and another begins on the same database."""
        if self.starts:
            await self._bot.aclose()
        self.starts += 1
        self._bot: AsyncExitStack = AsyncExitStack()
        self.store = await open_store(f"sqlite:///{self.folder / 'aoi.db'}")
        self._bot.push_async_callback(self.store.close)
        url = f"sqlite:///{self.folder / 'checkpoints.db'}"
        self._checkpoints = await self._bot.enter_async_context(open_checkpoints(url))
        self.service, _ = self._house(Interrupter())

    async def mention(self, wishes: Sequence[Action]) -> None:
        """Somebody asks, and the model will want these writes."""
        self.whims.wishes += wishes
        origin = Origin(surface="slack", channel=CHANNEL, thread=self.ids.new("thread"), user="U0CHLOE")
        asked = Request(key=self.ids.new("key"), origin=origin, question="Why?", namespaces=("shop",))
        await self.service.open(asked)

    async def drive(self, working: bool, crash: int | None = None) -> None:
        """Drive whatever can be driven; with the executor beside, or dying at the n-th await of a port."""
        for incident_id in await self.store.incidents.drivable(self.clock.now()):
            _, driver = self._house(Interrupter(at=crash), still=working)
            beside = asyncio.create_task(self._work()) if working else None
            try:
                await driver.drive(incident_id)
            except Killed:
                await self.restart_bot()
                return
            finally:
                if beside is not None:
                    beside.cancel()
                    with suppress(asyncio.CancelledError):
                        await beside
                await self._notice()

    async def execute(self, crash: int | None = None) -> None:
        """One step of an executor that has just begun, and may die at the n-th await of a port."""
        self.starts += 1
        with suppress(Killed):
            await self._executor(f"executor-{self.starts}", Interrupter(at=crash)).run_once()

    async def propose(self, action: Action) -> str:
        """A proposal as the graph makes it, without its run; its id."""
        policy, now = RULES[self.bot_rules].policy, self.clock.now()
        await self.mention([])
        plan = await self._planner(Interrupter()).plan(Scope(namespaces=("shop",)), action)
        assert isinstance(plan, Plan), plan
        terms = terms_of(policy, subject_of(plan.action, plan.risk))
        assert isinstance(terms, Terms)
        (incident,) = await self.store.incidents.latest(1)
        proposal = Proposal.of(
            id=self.ids.new("prop"),
            incident_id=incident.id,
            revision=1,
            plan=plan,
            why="It may help.",
            cites=(),
            proposed_by=self.whims.name,
            created_at=now,
            expires_at=now + LIFETIME,
            terms=terms,
        )
        await self.store.approvals.submit(proposal)
        self.allowed.shown(proposal, self.bot_rules)
        return proposal.id

    async def request(self, proposal_id: str) -> None:
        """What an approval is exchanged for waits in the ledger; the bot died before it heard what came of it."""
        proposal = self.allowed.tickets[proposal_id].proposal
        approval = await self.store.approvals.approval(proposal.id)
        assert approval is not None
        right = grant(proposal, approval, self.clock.now())
        assert isinstance(right, Grant), right
        await self.store.ledger.request(right, self.clock.now())

    async def expire(self) -> None:
        """What the supervisor does about time."""
        await self.store.approvals.expire(self.clock.now())

    async def runs(self) -> list[Trajectory]:
        """Every incident."""
        found = [await self.store.journal.trajectory(i.id) for i in await self.store.incidents.latest(50)]
        return [run for run in found if run is not None]

    def proposals(self) -> list[Proposal]:
        """Those that were shown, oldest first."""
        return [ticket.proposal for ticket in self.allowed.tickets.values()]

    def now(self) -> datetime:
        return self.clock.now()

    async def _notice(self) -> None:
        """Note what stands in the channel now."""
        for run in await self.runs():
            for proposal in run.proposals:
                self.allowed.shown(proposal, self.bot_rules)

    async def _work(self) -> None:
        executor = self._executor("beside", Interrupter())
        while True:
            await executor.run_once()
            await asyncio.sleep(0)

    def _executor(self, name: str, interrupter: Interrupter) -> Executor:
        store = self.executor_store
        return Executor(
            name=name,
            ledger=interrupter.watch(store.ledger),
            approvals=interrupter.watch(store.approvals),
            journal=interrupter.watch(store.journal),
            hands=interrupter.watch(self.api.writer),
            guardrails=Guardrails(Limits(), _REDACTOR, RULES[self.api.executor_rules].policy),
            clock=self.clock,
            bell=Ticking(self.clock),
            stale_seconds=STALE_SECONDS,
        )

    def _planner(self, interrupter: Interrupter) -> ClusterPlanner:
        approvals, ledger = interrupter.watch(self.store.approvals), interrupter.watch(self.store.ledger)
        guardrails = Guardrails(Limits(), _REDACTOR, RULES[self.bot_rules].policy)
        dry_run = DryRun(self.api.connection)
        return ClusterPlanner(self.api.writer, dry_run, guardrails, approvals, ledger, self.clock)

    def _house(self, interrupter: Interrupter, still: bool = False) -> tuple[IncidentService, Driver]:
        """The graph as a process has it that holds the bot's policy of now."""
        store: Store = self.store
        approvals, ledger = interrupter.watch(store.approvals), interrupter.watch(store.ledger)
        bell, policy = Ticking(self.clock, still), RULES[self.bot_rules].policy
        record = Record(store.incidents, interrupter.watch(store.journal), CountingBoard(), self.clock)
        memory = LongMemory(store.memories, store.journal, LessonBook(store.lessons, store.audit, self.clock))
        eyes = ScriptedEyes(after=[Improvement.UNCHANGED] * 100, visible=("shop",))
        machine = build_machine(
            Observe(eyes, store.artifacts, record, Probing(eyes, store.artifacts)),
            Reason(self.whims, record, memory),
            ProposeAction(self._planner(interrupter), approvals, record, LIFETIME, policy),
            Act(approvals, ledger, bell, record),
            Report(record, memory),
            self._checkpoints,
        )
        driver = Driver(machine, store.incidents, approvals, record, owner=f"bot-{self.starts}")
        service = IncidentService(
            store.incidents, approvals, eyes, record, memory, self.ids, bell, self.whims.name, _BUDGET
        )
        return service, driver
