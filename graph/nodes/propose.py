"""propose: makes the action concrete and puts it before the people."""

from dataclasses import dataclass
from datetime import timedelta

from domain.actions import Action
from domain.base import digest_of
from domain.cluster import Scope
from domain.decisions import Propose
from domain.errors import AoiError
from domain.incident import Status
from domain.journal import Proposed, Refused, Trajectory
from domain.judge import rule_for, subject_of, terms_of
from domain.policy import WritePolicy
from domain.ports import Approvals, Planner
from domain.proposal import Plan, Proposal, Refusal
from domain.terms import Terms
from graph.parse import decision_of
from graph.record import Record
from graph.sight import asked_action, entry_with
from graph.state import RunState


@dataclass(frozen=True)
class Wish:
    """An action, who wants it, and why."""

    action: Action
    by: str
    why: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProposeAction:
    """Guardrails, dry run, diff, undo, digest; then the proposal is stored and shown."""

    planner: Planner
    approvals: Approvals
    record: Record
    lifetime: timedelta
    """How long a proposal may wait for a person, where its rule does not say."""
    policy: WritePolicy | None = None
    """Who may approve what; `None` where nobody but the caller decides, as in tests."""

    async def run(self, state: RunState) -> RunState:
        """Store the proposal and wait, or say why it was refused and reason again."""
        trajectory = await self.record.trajectory(state["incident"])
        key = f"{state['turn']}:propose"
        written = entry_with(trajectory, key)
        if written is not None and isinstance(written.step, Proposed):
            return RunState(turn=state["turn"] + 1, proposal=written.step.proposal.id, next="approve")
        if written is not None:
            return RunState(turn=state["turn"] + 1, next="reason")
        wish = self._wish(state, trajectory)
        plan = await self._plan(Scope(namespaces=tuple(state["namespaces"])), wish.action)
        terms = plan if isinstance(plan, Refusal) else self._terms(plan)
        if isinstance(plan, Refusal) or isinstance(terms, Refusal):
            assert isinstance(terms, Refusal)
            await self.record.add(state["incident"], key, Refused(action=wish.action.action, refusal=terms))
            return RunState(turn=state["turn"] + 1, next="reason")
        proposal = await self._stored(state, trajectory, wish, plan, terms)
        await self.record.add(state["incident"], key, Proposed(proposal=proposal), status=Status.WAITING)
        return RunState(turn=state["turn"] + 1, proposal=proposal.id, next="approve")

    def _terms(self, plan: Plan) -> Terms | Refusal | None:
        return terms_of(self.policy, subject_of(plan.action, plan.risk)) if self.policy else None

    def _lifetime(self, plan: Plan) -> timedelta:
        rule = rule_for(self.policy, subject_of(plan.action, plan.risk)) if self.policy else None
        return timedelta(minutes=rule.expires_minutes) if rule and rule.expires_minutes else self.lifetime

    async def _stored(
        self, state: RunState, trajectory: Trajectory, wish: Wish, plan: Plan, terms: Terms | None
    ) -> Proposal:
        """The proposal, stored before anybody can see its card; a run that died after storing finds its own."""
        now = self.record.clock.now()
        fresh = Proposal.of(
            id=f"prop-{digest_of([state['incident'], state['turn']])[:20]}",
            incident_id=state["incident"],
            revision=len(trajectory.proposals) + 1,
            plan=plan,
            why=wish.why,
            cites=wish.cites,
            proposed_by=wish.by,
            created_at=now,
            expires_at=now + self._lifetime(plan),
            terms=terms,
        )
        await self.approvals.submit(fresh)
        stored = await self.approvals.proposal(fresh.id)
        assert stored is not None
        return stored

    async def _plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        try:
            return await self.planner.plan(scope, action)
        except AoiError as error:
            return Refusal(rule="dry-run", reason=str(error))

    def _wish(self, state: RunState, trajectory: Trajectory) -> Wish:
        asked = asked_action(trajectory)
        if asked is not None:
            return Wish(action=asked.action, by=asked.by, why=f"@{asked.by} asked for it.")
        decision = decision_of(state)
        assert isinstance(decision, Propose)
        return Wish(action=decision.action, by=trajectory.incident.policy, why=decision.why, cites=decision.cites)
