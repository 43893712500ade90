"""Killed or paused at any await, with a second executor taking over: exactly one effect, and it is known."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.execution import Effect
from tests.tools.api import TinyApi
from tests.tools.hands import STALE_SECONDS, Workshop
from tests.tools.interrupt import Interrupter, Killed
from tests.tools.samples import SAMPLES
from tools.cluster.dryrun import DryRun
from tools.executor.service import Executor

ACTIONS = ("scale", "restart", "patch_service_port", "create_config_map", "remove_network_policy", "delete_pod")
MOST_MOMENTS = 30


def workshop(api: TinyApi) -> Workshop:
    return Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)


def breakable(shop: Workshop, interrupter: Interrupter) -> Executor:
    """The first executor, instrumented at its ports."""
    return replace(
        shop.executor("one"),
        ledger=interrupter.watch(shop.ledger),
        approvals=interrupter.watch(shop.approvals),
        hands=interrupter.watch(shop.hands),
    )


async def moments_of(name: str) -> int:
    shop = workshop(TinyApi.shop())
    await shop.approved(await shop.planned(SAMPLES[name]))
    counter = Interrupter()
    assert await breakable(shop, counter).run_once()
    assert "before apply" in counter.moments
    assert len(counter.moments) <= MOST_MOMENTS
    return len(counter.moments)


@pytest.mark.parametrize("name", ACTIONS)
async def test_killed_at_any_moment(name: str) -> None:
    for at in range(await moments_of(name)):
        api = TinyApi.shop()
        shop = workshop(api)
        proposal_id = await shop.approved(await shop.planned(SAMPLES[name]))
        interrupter = Interrupter(at=at)
        with pytest.raises(Killed):
            await breakable(shop, interrupter).run_once()
        where = f"killed {interrupter.moments[at]} (moment {at})"
        shop.clock.at += timedelta(seconds=STALE_SECONDS + 1)
        second = shop.executor("two")
        while await second.run_once():
            pass
        assert shop.ledger.rows[proposal_id].effect is Effect.DONE, where
        assert len(api.effects) == 1, where


@pytest.mark.parametrize("name", ACTIONS)
async def test_paused_at_any_moment_and_waking_up_late(name: str) -> None:
    for at in range(await moments_of(name)):
        api = TinyApi.shop()
        shop = workshop(api)
        proposal_id = await shop.approved(await shop.planned(SAMPLES[name]))
        interrupter = Interrupter(at=at, gate=asyncio.Event())
        first = asyncio.create_task(breakable(shop, interrupter).run_once())
        await interrupter.reached.wait()
        where = f"paused {interrupter.moments[at]} (moment {at})"
        shop.clock.at += timedelta(seconds=STALE_SECONDS + 1)
        while await shop.executor("two").run_once():
            pass
        assert interrupter.gate is not None
        interrupter.gate.set()
        await first
        assert shop.ledger.rows[proposal_id].effect is Effect.DONE, where
        assert len(api.effects) == 1, where


@pytest.mark.parametrize("name", ACTIONS)
async def test_taken_over_after_the_approval_expired(name: str) -> None:
    """No late write; where the first executor may have a request under way, a person is asked."""
    for at in range(await moments_of(name)):
        api = TinyApi.shop()
        shop = workshop(api)
        proposal_id = await shop.approved(await shop.planned(SAMPLES[name]))
        interrupter = Interrupter(at=at)
        with pytest.raises(Killed):
            await breakable(shop, interrupter).run_once()
        shop.clock.at += timedelta(hours=1)
        effects, row = len(api.effects), shop.ledger.rows[proposal_id]
        while await shop.executor("two").run_once():
            pass
        after = shop.ledger.rows[proposal_id].effect
        assert len(api.effects) == effects
        if effects:
            assert after is Effect.DONE
        else:
            assert after is (Effect.UNKNOWN if row.effect is Effect.INTENDED else Effect.REFUSED)


async def test_two_executors_at_once_do_it_once() -> None:
    api = TinyApi.shop()
    shop = workshop(api)
    proposal_id = await shop.approved(await shop.planned(SAMPLES["scale"]))
    worked = await asyncio.gather(*(shop.executor(name).run_once() for name in ("one", "two")))
    assert sorted(worked) == [False, True]
    assert len(api.effects) == 1
    assert shop.ledger.rows[proposal_id].effect is Effect.DONE
