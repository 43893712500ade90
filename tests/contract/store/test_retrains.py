"""Retrains: one at a time over all processes, and who lost one cannot write to it."""

import asyncio
from datetime import timedelta

from domain.audit import Deed
from domain.retrain import Outcome, Retrain, Stage
from store.build import Store
from tests.contract.store.values import NOW, SOON

STALE = 60.0
LATER = NOW + timedelta(seconds=STALE)


def retrain(number: int = 1, key: str = "") -> Retrain:
    return Retrain(id=f"ret-{number}", key=key or f"command:{number}", profile="tiny", by="U1", at=NOW)


async def test_of_many_at_once_one_runs(store: Store, other: Store) -> None:
    stores = (store, other)
    asked = await asyncio.gather(*(stores[n % 2].retrains.ask(retrain(n)) for n in range(12)))
    assert len({each.id for each in asked}) == 1
    assert len(await store.retrains.latest(20)) == 1


async def test_the_same_wish_again_is_the_same_retrain(store: Store) -> None:
    first = await store.retrains.ask(retrain(1, "weekly:2026-W49"))
    await store.retrains.decide("ret-1", None, Outcome.CANCELLED, "U1", "", SOON)
    again = await store.retrains.ask(retrain(2, "weekly:2026-W49"))
    assert again.id == first.id
    assert not again.running
    await store.retrains.ask(retrain(3))
    assert (await store.retrains.ask(retrain(4, "weekly:2026-W49"))).id == first.id


async def test_a_worker_keeps_it_while_it_is_heard_of(store: Store) -> None:
    await store.retrains.ask(retrain())
    assert await store.retrains.take("a", NOW, STALE) == retrain()
    assert await store.retrains.take("b", SOON, STALE) is None
    ahead = retrain().at_stage(Stage.TRAINING, "step 3")
    assert await store.retrains.save(ahead, "a", SOON)
    assert await store.retrains.take("b", LATER, STALE) is None
    assert await store.retrains.take("b", SOON + timedelta(seconds=STALE), STALE) == ahead
    assert not await store.retrains.save(retrain(), "a", LATER)
    assert await store.retrains.get("ret-1") == ahead


async def test_of_many_workers_at_once_one_takes_it(store: Store, other: Store) -> None:
    await store.retrains.ask(retrain())
    stores = (store, other)
    taken = await asyncio.gather(*(stores[n % 2].retrains.take(f"w-{n}", NOW, STALE) for n in range(12)))
    assert sum(each is not None for each in taken) == 1


async def test_what_was_cancelled_tells_its_worker_so(store: Store) -> None:
    await store.retrains.ask(retrain())
    await store.retrains.take("a", NOW, STALE)
    cancelled = await store.retrains.decide("ret-1", None, Outcome.CANCELLED, "U2", "Not today.", SOON)
    assert cancelled is not None
    assert (cancelled.outcome, cancelled.decided_by) == (Outcome.CANCELLED, "U2")
    assert not await store.retrains.save(retrain().at_stage(Stage.EVALUATING), "a", SOON)
    assert await store.retrains.get("ret-1") == cancelled
    assert (await store.retrains.ask(retrain(2))).id == "ret-2"


async def test_of_two_people_one_decides(store: Store, other: Store) -> None:
    await store.retrains.ask(retrain())
    await store.retrains.take("a", NOW, STALE)
    ready = retrain().ended(Outcome.READY, "", SOON, candidate="aoi-observer-v1")
    assert await store.retrains.save(ready, "a", SOON)
    promoted, discarded = await asyncio.gather(
        store.retrains.decide("ret-1", Outcome.READY, Outcome.PROMOTING, "U1", "", SOON),
        other.retrains.decide("ret-1", Outcome.READY, Outcome.DISCARDED, "U2", "", SOON),
    )
    assert (promoted is None) != (discarded is None)
    kept = await store.retrains.get("ret-1")
    assert kept in (promoted, discarded)
    assert kept is not None
    assert kept.candidate == "aoi-observer-v1"


async def test_who_asked_and_who_decided_is_in_the_audit(store: Store) -> None:
    await store.retrains.ask(retrain())
    await store.retrains.decide("ret-1", None, Outcome.CANCELLED, "U2", "Not today.", SOON)
    links, _ = await store.audit.chain()
    assert len(links) == 2
    last = await store.audit.newest(Deed.TRAINED)
    assert last is not None
    assert (last.by, last.detail) == ("U2", "Cancelled. Not today.")
