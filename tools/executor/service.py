"""The executor's loop over the ledger."""

import asyncio
import logging
from dataclasses import dataclass

from domain.errors import Temporary
from domain.execution import Effect, Execution
from domain.ports import Approvals, Bell, Clock, Journal, Ledger
from domain.topics import LEDGER, outcome_of
from tools.executor.attempt import Attempt, Hands, Lost, Outcome
from tools.executor.loop import work_off
from tools.guardrails.service import Guardrails

POLL_SECONDS = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Executor:
    """Takes granted proposals from the ledger, one at a time, and carries each out at most once.

    After a crash, or when another executor falls silent, the row is taken over: an INTENDED one is judged by the
    object before anything is sent. A process may run several executors under different names.
    """

    name: str
    ledger: Ledger
    approvals: Approvals
    journal: Journal
    hands: Hands
    guardrails: Guardrails
    clock: Clock
    bell: Bell
    stale_seconds: float = 60.0
    """How long another executor may be silent before its row is taken over."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; the proposal under way is finished first."""
        await work_off(self.run_once, stop, self.bell, LEDGER, POLL_SECONDS)

    async def run_once(self) -> bool:
        """Carry out one row; false when there was none. Raises `StoreUnavailable`."""
        row = await self.ledger.take(self.name, self.clock.now(), self.stale_seconds)
        if row is None:
            return False
        try:
            outcome = await self._outcome(row)
        except Lost:
            return True
        await self.ledger.finish(row.proposal_id, self.name, outcome.effect, outcome.detail, self.clock.now())
        self.bell.ring(outcome_of(row.proposal_id))
        return True

    async def _outcome(self, row: Execution) -> Outcome:
        proposal = await self.approvals.proposal(row.proposal_id)
        approval = await self.approvals.approval(row.proposal_id)
        if proposal is None or approval is None:
            return Outcome(
                Effect.REFUSED, "There is no proposal and approval on record for this; nothing was changed."
            )
        attempt = Attempt(
            executor=self.name,
            proposal=proposal,
            approval=approval,
            ledger=self.ledger,
            approvals=self.approvals,
            journal=self.journal,
            hands=self.hands,
            guardrails=self.guardrails,
            clock=self.clock,
            maybe_sent=row.effect is Effect.INTENDED,
        )
        try:
            return await attempt.run()
        except (Lost, Temporary):
            raise
        except Exception as error:  # a row that nobody foresaw must neither end the loop nor come back for ever
            log.exception("The execution of %s failed.", row.proposal_id)
            return attempt.broken(error)
