"""The ledger: one executor holds a row, and who lost it cannot write to it."""

import asyncio
from datetime import timedelta

import pytest

from domain.execution import Effect, Execution
from store.build import Store
from tests.contract.store.values import NOW, SOON, approved

STALE = 30.0
LATER = NOW + timedelta(seconds=STALE)
MUCH_LATER = LATER + timedelta(seconds=STALE)


@pytest.fixture(autouse=True)
async def requested(store: Store) -> Execution:
    return await store.ledger.request(await approved(store), NOW)


async def test_a_request_is_one_row_however_often_it_is_made(store: Store, requested: Execution) -> None:
    assert requested == Execution(proposal_id="pro-1", effect=Effect.REQUESTED, requested_at=NOW)
    assert await store.ledger.request(await approved(store), SOON) == requested
    assert await store.ledger.get("pro-1") == requested
    assert await store.ledger.get("pro-9") is None


async def test_intent_before_and_outcome_after(store: Store) -> None:
    taken = await store.ledger.take("a", NOW, STALE)
    assert taken is not None
    assert (taken.effect, taken.executor) == (Effect.REQUESTED, "a")
    assert await store.ledger.intend("pro-1", "a", SOON)
    assert await store.ledger.finish("pro-1", "a", Effect.DONE, "scaled to 2", LATER)
    assert await store.ledger.get("pro-1") == Execution(
        proposal_id="pro-1",
        effect=Effect.DONE,
        detail="scaled to 2",
        requested_at=NOW,
        intended_at=SOON,
        finished_at=LATER,
        executor="a",
    )


async def test_a_finished_row_is_over(store: Store) -> None:
    await store.ledger.take("a", NOW, STALE)
    assert await store.ledger.finish("pro-1", "a", Effect.REFUSED, "too old", SOON)
    assert not await store.ledger.finish("pro-1", "a", Effect.DONE, "", SOON)
    assert not await store.ledger.intend("pro-1", "a", SOON)
    assert await store.ledger.take("a", MUCH_LATER, STALE) is None
    assert not await store.ledger.withdraw("pro-1", "", SOON)


async def test_of_many_executors_at_once_one_takes(store: Store, other: Store) -> None:
    stores = (store, other)
    taken = await asyncio.gather(*(stores[n % 2].ledger.take(f"executor-{n}", NOW, STALE) for n in range(20)))
    holders = [row for row in taken if row is not None]
    assert len(holders) == 1
    assert holders[0] == await store.ledger.get("pro-1")


async def test_a_held_row_is_not_taken_while_its_executor_lives(store: Store) -> None:
    await store.ledger.take("a", NOW, STALE)
    assert await store.ledger.take("b", LATER - timedelta(microseconds=1), STALE) is None
    assert await store.ledger.intend("pro-1", "a", LATER), "a sign of life"
    assert await store.ledger.take("b", MUCH_LATER - timedelta(microseconds=1), STALE) is None
    again = await store.ledger.take("b", MUCH_LATER, STALE)
    assert again is not None
    assert (again.effect, again.executor) == (Effect.INTENDED, "b"), "b has to read the cluster first"


async def test_an_executor_that_was_paused_before_its_intent_cannot_intend(store: Store, other: Store) -> None:
    await store.ledger.take("a", NOW, STALE)
    assert await other.ledger.take("b", LATER, STALE)
    assert not await store.ledger.intend("pro-1", "a", LATER)
    assert await other.ledger.intend("pro-1", "b", LATER)


async def test_an_executor_that_was_paused_after_its_intent_cannot_finish(store: Store, other: Store) -> None:
    await store.ledger.take("a", NOW, STALE)
    await store.ledger.intend("pro-1", "a", NOW)
    assert await other.ledger.take("b", LATER, STALE)
    assert not await store.ledger.finish("pro-1", "a", Effect.DONE, "by a", LATER)
    assert not await store.ledger.intend("pro-1", "a", LATER)
    assert await other.ledger.finish("pro-1", "b", Effect.UNKNOWN, "by b", LATER)
    row = await store.ledger.get("pro-1")
    assert row is not None
    assert (row.effect, row.detail) == (Effect.UNKNOWN, "by b")


async def test_who_holds_no_row_changes_none(store: Store) -> None:
    assert not await store.ledger.intend("pro-1", "a", NOW)
    assert not await store.ledger.finish("pro-1", "a", Effect.DONE, "", NOW)
    assert not await store.ledger.intend("pro-9", "a", NOW)


async def test_a_request_can_be_withdrawn_until_it_is_taken(store: Store) -> None:
    assert await store.ledger.withdraw("pro-1", "nobody came", SOON)
    assert not await store.ledger.withdraw("pro-1", "nobody came", SOON)
    assert await store.ledger.take("a", SOON, STALE) is None
    row = await store.ledger.get("pro-1")
    assert row is not None
    assert (row.effect, row.detail, row.finished_at) == (Effect.REFUSED, "nobody came", SOON)


async def test_withdrawing_races_with_taking_and_one_wins(store: Store, other: Store) -> None:
    taken, withdrawn = await asyncio.gather(
        store.ledger.take("a", SOON, STALE), other.ledger.withdraw("pro-1", "nobody came", SOON)
    )
    assert (taken is None) is withdrawn


async def test_an_open_effect_is_no_outcome(store: Store) -> None:
    with pytest.raises(ValueError, match="no outcome"):
        await store.ledger.finish("pro-1", "a", Effect.INTENDED, "", NOW)
