"""act: exchanges the approval for a grant and hands it to the executor through the ledger."""

from dataclasses import dataclass

from domain.approval import Grant, grant
from domain.execution import Effect, Execution
from domain.incident import Status
from domain.journal import Executed, Held, Refused
from domain.ports import Approvals, Bell, Ledger
from domain.proposal import Proposal, Refusal
from domain.topics import LEDGER, outcome_of
from graph.phrases import handed_over
from graph.record import Record
from graph.state import Route, RunState

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 15.0
"""After this long without an executor, the people are told that it is away."""


@dataclass(frozen=True)
class Act:
    """Holds no credentials: the ledger row is all that leaves this node."""

    approvals: Approvals
    ledger: Ledger
    bell: Bell
    record: Record

    async def run(self, state: RunState) -> RunState:
        """Wait for the outcome row and route by it."""
        proposal_id = state["proposal"]
        key = f"{state['turn']}:act"
        proposal = await self.approvals.proposal(proposal_id)
        approval = await self.approvals.approval(proposal_id)
        assert proposal is not None
        assert approval is not None
        execution = await self.ledger.get(proposal_id)
        if execution is None:
            right = grant(proposal, approval, self.record.clock.now())
            if isinstance(right, Refusal):
                refused = Refused(action=proposal.plan.action.action, refusal=right)
                await self.record.add(state["incident"], key, refused)
                return RunState(turn=state["turn"] + 1, next="reason")
            execution = await self._request(state["incident"], right)
        execution = await self._outcome(state, proposal, execution)
        await self.record.add(state["incident"], key, Executed(execution=execution), status=Status.VERIFYING)
        return await self._route(state, execution)

    async def _request(self, incident_id: str, right: Grant) -> Execution:
        await self.record.incidents.set_status(incident_id, Status.ACTING, self.record.clock.now())
        execution = await self.ledger.request(right, self.record.clock.now())
        self.bell.ring(LEDGER)
        await self.record.board.refresh(incident_id)
        return execution

    async def _outcome(self, state: RunState, proposal: Proposal, execution: Execution) -> Execution:
        """Wait until the row is final; a row nobody took in time is withdrawn, so nothing happens later."""
        began, told = self.record.clock.now(), False
        while not execution.effect.final:
            waited = (self.record.clock.now() - began).total_seconds()
            if waited >= PATIENCE_SECONDS and execution.effect is Effect.REQUESTED:
                until = f"{proposal.expires_at:%H:%M} UTC"
                why = f"I cannot act: no executor takes what was approved. Start `aoi executor` before {until}."
                if not told:
                    await self.record.add(state["incident"], f"{state['turn']}:away", Held(why=why))
                told = True
            if self.record.clock.now() >= proposal.expires_at:
                late = "No executor took it before the approval expired; nothing was changed."
                await self.ledger.withdraw(proposal.id, late, self.record.clock.now())
            await self.bell.wait(outcome_of(proposal.id), POLL_SECONDS)
            execution = await self.ledger.get(proposal.id) or execution
        return execution

    async def _route(self, state: RunState, execution: Execution) -> RunState:
        following: Route
        if execution.effect is Effect.DONE:
            following = "observe"
        elif execution.effect is Effect.UNKNOWN:
            trajectory = await self.record.trajectory(state["incident"])
            decision = handed_over(
                trajectory, f"It cannot be told whether the change happened: {execution.detail}"
            )
            return RunState(turn=state["turn"] + 1, decision=decision.model_dump(mode="json"), next="report")
        else:
            following = "reason"
        return RunState(turn=state["turn"] + 1, look="verify", next=following)
