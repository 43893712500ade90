"""The bot on a real store, with a graph that follows a script instead of looking at a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.learning import TeamLearning
from app.settings import Settings
from bot.approvers import Approvers
from bot.board import SlackBoard
from bot.build import House
from bot.curator import Curator
from domain.actions import Action
from domain.approval import Verdict
from domain.errors import BadInput
from domain.feedback import Feedback
from domain.incident import Incident, Request, Status
from domain.journal import (
    Asked,
    Executed,
    Noted,
    Opened,
    Proposed,
    Rated,
    Ruled,
    Step,
    Trajectory,
    Unrated,
    Verified,
)
from domain.ports import Clock, Decided
from domain.proposal import Proposal, Refusal
from graph.lessons.service import LessonBook
from store.build import Store, open_store
from tests.bot import samples, shop
from tests.fakes import CountingIds


@dataclass
class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class LoopBell:
    """Wakes waiting tasks of this loop."""

    events: dict[str, asyncio.Event] = field(default_factory=dict)

    def ring(self, topic: str) -> None:
        self.events.setdefault(topic, asyncio.Event()).set()

    async def wait(self, topic: str, seconds: float) -> None:
        event = self.events.setdefault(topic, asyncio.Event())
        # not `wait_for`, which in Python 3.11 swallows a cancellation that comes together with the ring
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        event.clear()


@dataclass
class ScriptedService:
    """The front door of a graph that proposes a rollback at once, carries out what is approved, and is done."""

    store: Store
    board: SlackBoard
    clock: Clock
    remarks: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    namespaces: tuple[str, ...] = ("shop",)

    async def open(self, request: Request) -> Incident:
        for name in request.namespaces:
            if name not in self.namespaces:
                raise BadInput(f"There is no namespace {name!r} that I may look at; there are: shop.")
        now = self.clock.now()
        fresh = shop.incident().model_copy(
            update={
                "id": f"inc-{request.key.replace(':', '-')}",
                "origin": request.origin,
                "question": request.question,
                "created_at": now,
                "updated_at": now,
            }
        )
        incident = await self.store.incidents.open(fresh, request.key)
        told = samples.waiting().entries
        steps: list[Step] = [Opened(question=incident.question, user=incident.origin.user)]
        steps += [entry.step for entry in told[1:-1]]
        for number, step in enumerate(steps):
            await self._tell(incident.id, f"script:{number}", step, Status.INVESTIGATING)
        proposal = shop.proposal(id=f"prop-{incident.id}").model_copy(
            update={"incident_id": incident.id, "created_at": now, "expires_at": now + timedelta(minutes=30)}
        )
        sealed = proposal.model_copy(update={"digest": proposal.computed_digest()})
        await self.store.approvals.submit(sealed)
        await self._tell(incident.id, "proposed", Proposed(proposal=sealed), Status.WAITING)
        return incident

    async def remark(self, incident_id: str, user: str, text: str, key: str) -> str:
        self.remarks.append(text)
        await self._tell(incident_id, f"remark:{key}", Noted(by=user, text=text))
        return f"Because the image <is> missing, @{user}."

    async def decide(
        self, proposal_id: str, verdict: Verdict, user: str, reason: str = "", glass: bool = False
    ) -> Decided | None:
        decided = await self.store.approvals.decide(proposal_id, verdict, user, reason, self.clock.now(), glass)
        if decided is not None and decided.won:
            proposal = await self._proposal(proposal_id)
            await self._tell(proposal.incident_id, f"ruled:{proposal_id}", Ruled(approval=decided.approval))
            if verdict is Verdict.APPROVED:
                await self._carry_out(proposal)
        return decided

    async def edit(self, proposal_id: str, action: Action, user: str) -> Decided | None:
        decided = await self.store.approvals.decide(
            proposal_id, Verdict.SUPERSEDED, user, "Edited.", self.clock.now()
        )
        if decided is not None and decided.won:
            proposal = await self._proposal(proposal_id)
            await self._tell(proposal.incident_id, f"ruled:{proposal_id}", Ruled(approval=decided.approval))
            await self._tell(proposal.incident_id, f"edit:{proposal_id}", Asked(by=user, action=action))
        return decided

    async def undo(self, proposal_id: str, user: str, channel: str = "") -> Refusal | None:
        if await self.store.approvals.proposal(proposal_id) is None:
            return Refusal(rule="unknown", reason="I do not know that proposal.")
        self.undone.append(proposal_id)
        return None

    async def rate(self, feedback: Feedback) -> None:
        key = f"rated:{feedback.user}:{feedback.target}:{feedback.at.isoformat()}"
        await self._tell(feedback.incident_id, key, Rated(feedback=feedback))

    async def unrate(self, incident_id: str, key: str, taken: Unrated) -> None:
        await self._tell(incident_id, f"unrated:{key}", taken)

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        return await self.store.journal.trajectory(incident_id)

    async def latest(self, limit: int, unfinished: bool = False) -> tuple[Incident, ...]:
        return await self.store.incidents.latest(limit, unfinished)

    async def by_thread(self, channel: str, thread: str) -> Incident | None:
        return await self.store.incidents.by_thread(channel, thread)

    async def _carry_out(self, proposal: Proposal) -> None:
        row = samples.executed().trajectory.executions["prop-81xz"].model_copy(update={"proposal_id": proposal.id})
        await self._tell(proposal.incident_id, f"executed:{proposal.id}", Executed(execution=row))
        seen = samples.verified().trajectory.verifications["prop-81xz"]
        verified = Verified(proposal_id=proposal.id, verification=seen)
        await self._tell(proposal.incident_id, f"verified:{proposal.id}", verified, Status.RESOLVED)

    async def _proposal(self, proposal_id: str) -> Proposal:
        found = await self.store.approvals.proposal(proposal_id)
        assert found is not None
        return found

    async def _tell(self, incident_id: str, key: str, step: Step, status: Status | None = None) -> None:
        await self.store.journal.append(incident_id, key, self.clock.now(), step)
        if status is not None:
            await self.store.incidents.set_status(incident_id, status, self.clock.now())
        await self.board.refresh(incident_id)


@dataclass
class Night:
    """The parts a test looks at."""

    store: Store
    service: ScriptedService
    clock: Clock
    bell: LoopBell

    learning: TeamLearning

    @property
    def lessons(self) -> LessonBook:
        """The team's lessons."""
        return LessonBook(self.store.lessons, self.store.audit, self.clock)

    def curator(self, approvers: Approvers) -> Curator:
        """Lessons in the hands of people."""
        return Curator(self.lessons, approvers, self.store.outbox, self.clock, self.bell, str)

    def house(self, **more: Any) -> House:
        """The ports of a bot; `more` replaces some."""
        store = self.store
        ports: dict[str, Any] = {
            "service": self.service,
            "lessons": self.lessons,
            "learning": self.learning,
            "inbox": store.inbox,
            "outbox": store.outbox,
            "approvals": store.approvals,
            "journal": store.journal,
            "artifacts": store.artifacts,
            "audit": store.audit,
            "clock": self.clock,
            "bell": self.bell,
            "redact": str,
            "owner": "test",
        }
        return House(**{**ports, **more})


@asynccontextmanager
async def night(folder: Path, clock: Clock | None = None) -> AsyncIterator[Night]:
    """A store in `folder` and a scripted service on it."""
    clock = clock or WallClock()
    store = await open_store(f"sqlite:///{folder / 'aoi.db'}")
    bell = LoopBell()
    board = SlackBoard(store.journal, store.outbox, clock, bell)
    try:
        learning = TeamLearning(_settings(folder), store, clock, CountingIds(), bell)
        yield Night(store, ScriptedService(store, board, clock), clock, bell, learning)
    finally:
        await store.close()


def _settings(folder: Path) -> Settings:
    """An AOI that can be trained, by a model server that nobody started."""
    server = ("http://127.0.0.1:9/v1",)
    return Settings(
        _env_file=None, data_dir=folder, retrain_profile="tiny", model_url=server, model_name="tiny-base"
    )
