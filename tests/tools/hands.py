"""Planner, approval, ledger and executor put together around a cluster, for the tests of writing."""

from dataclasses import dataclass, field
from datetime import timedelta

from domain.actions import Action, Undo
from domain.approval import Grant, Verdict, grant
from domain.cluster import Scope
from domain.execution import Execution
from domain.proposal import Plan, Proposal, Refusal
from tests.fakes import HandClock, SilentBell
from tests.tools.records import MemoryApprovals, MemoryJournal, MemoryLedger
from tools.executor.attempt import Hands
from tools.executor.service import Executor
from tools.guardrails.case import Limits
from tools.guardrails.service import Guardrails
from tools.planner import ClusterPlanner, DryRunner
from tools.redact.service import Redactor
from tools.write.scene import Source

SHOP = Scope(namespaces=("shop",))
LIFETIME = timedelta(minutes=15)
STALE_SECONDS = 60.0
REDACTOR = Redactor()


@dataclass
class Workshop:
    """Everything from an action to its outcome."""

    source: Source
    dry_run: DryRunner
    hands: Hands
    limits: Limits = field(default_factory=Limits)
    scope: Scope = SHOP
    prefix: str = "prop"
    """Of the proposals' ids, which are never used twice on one cluster."""
    clock: HandClock = field(default_factory=HandClock)
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    journal: MemoryJournal = field(default_factory=MemoryJournal)

    @property
    def guardrails(self) -> Guardrails:
        return Guardrails(self.limits, REDACTOR)

    async def plan(self, action: Action) -> Plan | Refusal:
        planner = ClusterPlanner(
            self.source, self.dry_run, self.guardrails, self.approvals, self.ledger, self.clock
        )
        return await planner.plan(self.scope, action)

    async def planned(self, action: Action) -> Plan:
        plan = await self.plan(action)
        assert isinstance(plan, Plan), plan
        return plan

    async def approved(self, plan: Plan) -> str:
        """The plan proposed, approved and queued; the proposal's id."""
        proposal = Proposal.of(
            id=f"{self.prefix}-{len(self.approvals.proposals) + 1}",
            incident_id="inc-1",
            revision=1,
            plan=plan,
            why="because",
            cites=(),
            proposed_by="playbook",
            created_at=self.clock.now(),
            expires_at=self.clock.now() + LIFETIME,
        )
        # What is stored comes back from JSON, as it does from the database.
        proposal = Proposal.model_validate_json(proposal.model_dump_json())
        await self.approvals.submit(proposal)
        decided = await self.approvals.decide(proposal.id, Verdict.APPROVED, "U1", "", self.clock.now())
        assert decided is not None
        right = grant(proposal, decided.approval, self.clock.now())
        assert isinstance(right, Grant), right
        await self.ledger.request(right, self.clock.now())
        return proposal.id

    def executor(self, name: str = "one", hands: Hands | None = None) -> Executor:
        return Executor(
            name=name,
            ledger=self.ledger,
            approvals=self.approvals,
            journal=self.journal,
            hands=hands or self.hands,
            guardrails=self.guardrails,
            clock=self.clock,
            bell=SilentBell(),
            stale_seconds=STALE_SECONDS,
        )

    async def done(self, action: Action) -> Execution:
        """The action planned, approved and carried out."""
        proposal_id = await self.approved(await self.planned(action))
        assert await self.executor().run_once()
        return self.ledger.rows[proposal_id]

    def undo_of(self, execution: Execution) -> Undo:
        """The undo as the result card's button asks for it."""
        plan = self.approvals.proposals[execution.proposal_id].plan
        assert plan.undo is not None
        return Undo(target=plan.action.target, proposal_id=execution.proposal_id, change=plan.undo)
