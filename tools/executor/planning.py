"""The executor answers what an action would come to, for processes that hold no right to try it."""

import asyncio
import logging
from dataclasses import dataclass

from domain.errors import AoiError
from domain.planning import PlanRequest
from domain.ports import Bell, Clock, Planner, Plans
from domain.proposal import Plan, Refusal
from domain.topics import PLANS, plan_of
from tools.executor.loop import work_off

POLL_SECONDS = 0.2
LEASE_SECONDS = 30.0
"""Longer than a plan takes; after it another executor may answer."""
AT_ONCE = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlanDesk:
    """Answers questions, a few at once, so that one slow answer of the API server does not hold up the others."""

    name: str
    plans: Plans
    planner: Planner
    clock: Clock
    bell: Bell

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; questions that are being answered are finished first."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(stop))

    async def run_once(self) -> bool:
        """Answer one question; false when there was none. Raises `StoreUnavailable`."""
        request = await self.plans.take(self.name, self.clock.now(), LEASE_SECONDS)
        if request is None:
            return False
        if await self.plans.answer(request.id, self.name, await self._answer(request)):
            self.bell.ring(plan_of(request.id))
        return True

    async def _answer(self, request: PlanRequest) -> Plan | Refusal:
        try:
            return await self.planner.plan(request.scope, request.action)
        except AoiError as error:
            return Refusal(rule="dry-run", reason=str(error))
        except Exception as error:  # one question that nobody foresaw must not end the answering of all
            log.exception("Question %s failed.", request.id)
            said = f"The executor itself failed ({type(error).__name__}); see its log."
            return Refusal(rule="dry-run", reason=said)

    async def _work(self, stop: asyncio.Event) -> None:
        await work_off(self.run_once, stop, self.bell, PLANS, POLL_SECONDS)
