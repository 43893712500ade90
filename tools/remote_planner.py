"""The planner of a process that holds no right to write: it asks the executor, through the database."""

from dataclasses import dataclass
from datetime import timedelta

from domain.actions import Action
from domain.cluster import Scope
from domain.errors import ExecutorAway
from domain.planning import PlanRequest
from domain.ports import Bell, Clock, Ids, Plans
from domain.proposal import Plan, Refusal
from domain.topics import PLANS, plan_of

POLL_SECONDS = 0.2
"""Where no bell rings from process to process."""
PATIENCE_SECONDS = 10.0
"""After this long without an executor that takes the question, it is taken to be away."""
LIFE_SECONDS = 60.0
"""For an executor that has taken it: a slow API server has its time, too."""


@dataclass(frozen=True)
class RemotePlanner:
    """`domain.ports.Planner` without a cluster. What it is told is checked again by whoever acts on it."""

    plans: Plans
    clock: Clock
    ids: Ids
    bell: Bell

    async def plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        """Ask, and wait for the answer.

        Raises:
            ExecutorAway: nobody answers.
        """
        now = self.clock.now()
        request = PlanRequest(
            id=self.ids.new("plan"),
            scope=scope,
            action=action,
            asked_at=now,
            expires_at=now + timedelta(seconds=LIFE_SECONDS),
        )
        await self.plans.ask(request)
        self.bell.ring(PLANS)
        while True:
            answer = await self.plans.look(request.id)
            if answer.plan is not None:
                return answer.plan
            waited = (self.clock.now() - now).total_seconds()
            if waited >= (LIFE_SECONDS if answer.executor else PATIENCE_SECONDS):
                raise ExecutorAway("No executor answers, so nothing can be changed; start `aoi executor`.")
            await self.bell.wait(plan_of(request.id), POLL_SECONDS)
