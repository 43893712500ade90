"""The inbox: each delivery processed once, in order, also after a crash."""

import asyncio
from datetime import timedelta

from store.build import Store
from tests.contract.store.values import NOW, SOON, delivery

LEASE = 30.0
LATER = NOW + timedelta(seconds=LEASE)


async def test_a_key_is_received_once(store: Store) -> None:
    assert await store.inbox.receive(delivery("Ev1"))
    assert not await store.inbox.receive(delivery("Ev1"))


async def test_two_replicas_that_get_the_same_delivery_store_it_once(store: Store, other: Store) -> None:
    stores = (store, other)
    received = await asyncio.gather(*(stores[n % 2].inbox.receive(delivery("Ev1")) for n in range(20)))
    assert sum(received) == 1


async def test_deliveries_are_taken_in_the_order_they_came(store: Store) -> None:
    for key in ("Ev2", "Ev1", "Ev3"):
        await store.inbox.receive(delivery(key))
    taken = [await store.inbox.take("a", NOW, LEASE) for _ in range(4)]
    assert taken == [delivery("Ev2"), delivery("Ev1"), delivery("Ev3"), None]


async def test_many_takers_share_the_work_without_doubles(store: Store, other: Store) -> None:
    for n in range(20):
        await store.inbox.receive(delivery(f"Ev{n}"))
    stores = (store, other)
    taken = await asyncio.gather(*(stores[n % 2].inbox.take(f"worker-{n}", NOW, LEASE) for n in range(20)))
    keys = [item.key for item in taken if item is not None]
    assert len(keys) == len(set(keys))
    rest = [await store.inbox.take("last", NOW, LEASE) for _ in range(20 - len(keys))]
    assert {item.key for item in rest if item is not None} | set(keys) == {f"Ev{n}" for n in range(20)}


async def test_what_a_dead_worker_held_is_taken_again(store: Store) -> None:
    await store.inbox.receive(delivery("Ev1"))
    await store.inbox.take("a", NOW, LEASE)
    assert await store.inbox.take("b", SOON, LEASE) is None
    assert await store.inbox.take("b", LATER, LEASE) == delivery("Ev1")


async def test_done_is_done_and_still_known(store: Store) -> None:
    await store.inbox.receive(delivery("Ev1"))
    await store.inbox.take("a", NOW, LEASE)
    await store.inbox.done("Ev1")
    assert await store.inbox.take("b", LATER, LEASE) is None
    assert not await store.inbox.receive(delivery("Ev1")), "a late redelivery is not new"
