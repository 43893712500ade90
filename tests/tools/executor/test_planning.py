"""A process without the writer asks what an action would come to, and the executor answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from domain.actions import Action
from domain.cluster import Scope
from domain.errors import ClusterUnreachable, ExecutorAway
from domain.ports import Bell, Planner
from domain.proposal import Plan, Refusal
from store.build import Store, open_store
from tests.fakes import CountingIds, HandClock, ScriptedPlanner, SilentBell, plan_of
from tests.tools.api import TinyApi
from tests.tools.hands import SHOP, Workshop
from tests.tools.samples import SAMPLES
from tools.cluster.dryrun import DryRun
from tools.executor.planning import PlanDesk
from tools.planner import ClusterPlanner
from tools.remote_planner import LIFE_SECONDS, RemotePlanner

SCALE = SAMPLES["scale"]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/aoi.db")
    yield opened
    await opened.close()


@dataclass
class TickingBell(SilentBell):
    """Each wait takes a second."""

    clock: HandClock

    async def wait(self, topic: str, seconds: float) -> None:
        await self.clock.sleep(1)


IDS = CountingIds()


def asker(store: Store, clock: HandClock, bell: Bell) -> RemotePlanner:
    return RemotePlanner(store.plans, clock, IDS, bell)


async def answered(
    store: Store, planner: Planner, action: Action = SCALE, clock: HandClock | None = None
) -> Plan | Refusal:
    """What the asker gets while an executor with this planner runs."""
    stop = asyncio.Event()
    desk = PlanDesk("one", store.plans, planner, clock or HandClock(), SilentBell())
    working = asyncio.create_task(desk.run(stop))
    try:
        return await asker(store, clock or HandClock(), SilentBell()).plan(SHOP, action)
    finally:
        stop.set()
        await working


async def test_the_plan_is_the_one_that_the_planner_itself_makes(store: Store) -> None:
    api = TinyApi.shop()
    shop = Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)
    planner = ClusterPlanner(shop.source, shop.dry_run, shop.guardrails, shop.approvals, shop.ledger, shop.clock)
    assert await answered(store, planner) == await shop.plan(SCALE)
    elsewhere = SCALE.target.model_copy(update={"namespace": "elsewhere"})
    outside = await answered(store, planner, SCALE.model_copy(update={"target": elsewhere}))
    assert isinstance(outside, Refusal)
    assert outside.rule == "scope"
    assert api.effects == []


async def test_without_an_executor_it_is_said_that_none_answers(store: Store) -> None:
    clock = HandClock()
    began = clock.now()
    with pytest.raises(ExecutorAway, match="start `aoi executor`"):
        await asker(store, clock, TickingBell(clock)).plan(SHOP, SCALE)
    assert (clock.now() - began).total_seconds() < LIFE_SECONDS / 2


@dataclass
class Slow(ScriptedPlanner):
    """Takes its time."""

    clock: HandClock = field(default_factory=HandClock)

    async def plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        began = self.clock.now()
        while (self.clock.now() - began).total_seconds() < LIFE_SECONDS / 2:
            await self.clock.sleep(1)
        return await super().plan(scope, action)


async def test_an_executor_that_is_slow_has_its_time(store: Store) -> None:
    clock = HandClock()
    assert await answered(store, Slow(clock=clock), clock=clock) == plan_of(SCALE)


class Troubled:
    """A planner that fails in a way of its own."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClusterUnreachable("The API server does not answer."), "The API server does not answer."),
        (KeyError("metadata"), "The executor itself failed (KeyError); see its log."),
    ],
)
async def test_what_goes_wrong_is_an_answer_too(store: Store, error: Exception, said: str) -> None:
    assert await answered(store, Troubled(error)) == Refusal(rule="dry-run", reason=said)
    assert await answered(store, ScriptedPlanner()) == plan_of(SCALE), "the next question is answered as ever"
