"""propose: makes the action concrete and puts it before the people."""

from dataclasses import dataclass
from datetime import timedelta

from domain.actions import Action, Undo
from domain.approval import Verdict
from domain.base import digest_of
from domain.cluster import Scope
from domain.decisions import Propose
from domain.errors import AoiError, ExecutorAway, StoreUnavailable
from domain.incident import Status
from domain.journal import Held, Proposed, Refused, Trajectory
from domain.judge import rule_for, standing_terms, subject_of, terms_of
from domain.policy import WritePolicy
from domain.ports import Approvals, Planner
from domain.proposal import Plan, Proposal, Refusal
from domain.terms import Terms, rule_name
from graph.parse import decision_of
from graph.record import Record
from graph.sight import asked_action, entry_with
from graph.state import RunState
from graph.unwinding import Unwinding, undo_of, unwinding

AWAY = "executor-away"
"""The refusal where no executor came for as long as a proposal lives."""


@dataclass(frozen=True)
class Wish:
    """An action, who wants it, and why."""

    action: Action
    by: str
    why: str
    cites: tuple[str, ...] = ()


def _unwound(unwind: Unwinding) -> Wish:
    """The newest change that has to go so that the one goes which a person wants taken back."""
    first = unwind.left[0]
    why = f"@{unwind.by} asked for it."
    if first.id != unwind.goal:
        why += f" It was made after the change to {unwind.left[-1].plan.action.target}, so it goes first."
    return Wish(action=undo_of(first), by=unwind.by, why=why)


def _in_vain(action: Action, trajectory: Trajectory) -> Proposal | None:
    """The change that an undo takes back, when the look after it showed that it did not help."""
    if not isinstance(action, Undo):
        return None
    seen = trajectory.verifications.get(action.proposal_id)
    if seen is None or not seen.improvement.in_vain:
        return None
    return next((p for p in trajectory.proposals if p.id == action.proposal_id), None)


def _superseded(trajectory: Trajectory) -> Proposal | None:
    """The last proposal, when the world has changed under it: it is made anew, be it a policy's or a person's."""
    last = trajectory.proposals[-1] if trajectory.proposals else None
    ruling = trajectory.rulings.get(last.id) if last else None
    return last if ruling is not None and ruling.verdict is Verdict.SUPERSEDED else None


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
        plan = await self._plan(state, wish.action)
        terms = plan if isinstance(plan, Refusal) else self._terms(plan, trajectory)
        if isinstance(plan, Refusal) or isinstance(terms, Refusal):
            assert isinstance(terms, Refusal)
            await self.record.add(state["incident"], key, Refused(action=wish.action.action, refusal=terms))
            return RunState(turn=state["turn"] + 1, next="reason")
        proposal = await self._stored(state, trajectory, wish, plan, terms)
        if terms is not None and terms.by_rule:
            await self._approve(proposal, terms, trajectory)
        await self.record.add(state["incident"], key, Proposed(proposal=proposal), status=Status.WAITING)
        return RunState(turn=state["turn"] + 1, proposal=proposal.id, next="approve")

    def _terms(self, plan: Plan, trajectory: Trajectory) -> Terms | Refusal | None:
        if self.policy is None:
            return None
        useless = _in_vain(plan.action, trajectory)
        standing = standing_terms(self.policy, useless) if useless else None
        return standing or terms_of(self.policy, subject_of(plan.action, plan.risk))

    async def _approve(self, proposal: Proposal, terms: Terms, trajectory: Trajectory) -> None:
        """The rule approves before anybody sees a card; the run goes on from the row, as after a click."""
        assert isinstance(proposal.plan.action, Undo)
        seen = trajectory.verifications[proposal.plan.action.proposal_id]
        now = self.record.clock.now()
        await self.approvals.decide(proposal.id, Verdict.APPROVED, rule_name(terms.rule), seen.detail, now)

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

    async def _plan(self, state: RunState, action: Action) -> Plan | Refusal:
        """The plan; while no executor answers, people are told, once, and it is asked again and again."""
        scope = Scope(namespaces=tuple(state["namespaces"]))
        until = self.record.clock.now() + self.lifetime
        missing = "I cannot act: no executor answers. Start `aoi executor`; I go on by myself until"
        while True:
            try:
                return await self.planner.plan(scope, action)
            except ExecutorAway as error:
                if self.record.clock.now() >= until:
                    return Refusal(rule=AWAY, reason=str(error))
                held = Held(why=f"{missing} {until:%H:%M} UTC.")
                await self.record.add(state["incident"], f"{state['turn']}:held", held)
            except StoreUnavailable:
                raise
            except AoiError as error:
                return Refusal(rule="dry-run", reason=str(error))

    def _wish(self, state: RunState, trajectory: Trajectory) -> Wish:
        asked = asked_action(trajectory)
        unwind = unwinding(trajectory)
        if asked is not None and isinstance(asked.action, Undo) and unwind is not None and unwind.left:
            return _unwound(unwind)
        if asked is not None:
            return Wish(action=asked.action, by=asked.by, why=f"@{asked.by} asked for it.")
        if (old := _superseded(trajectory)) is not None:
            return Wish(action=old.plan.action, by=old.proposed_by, why=old.why, cites=old.cites)
        decision = decision_of(state)
        assert isinstance(decision, Propose)
        if unwind is not None and unwind.left and decision.action == undo_of(unwind.left[0]):
            return _unwound(unwind)
        return Wish(action=decision.action, by=trajectory.incident.policy, why=decision.why, cites=decision.cites)
