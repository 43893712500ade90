"""The real clock, ids and bell. Waits end by a ring; time limits only let a broken test fail."""

import asyncio
from datetime import timedelta

from app.ambient import LocalBell, RandomIds, SystemClock
from domain.ports import Bell, Clock, Ids

LIMIT = 5.0


async def test_the_clock_is_aware_and_steady() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before


def test_ids_are_named_and_never_the_same() -> None:
    ids: Ids = RandomIds()
    made = {ids.new("inc") for _ in range(1000)}
    assert len(made) == 1000
    assert {len(name) for name in made} == {len("inc-") + 16}
    assert all(name.startswith("inc-") for name in made)


async def _listen(bell: Bell, topic: str) -> None:
    async with asyncio.timeout(LIMIT):
        await bell.wait(topic, 2 * LIMIT)


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_ring_wakes_everybody_who_waits_for_the_topic_and_nobody_else() -> None:
    bell = LocalBell()
    listeners = [asyncio.create_task(_listen(bell, "inbox")) for _ in range(3)]
    deaf = asyncio.create_task(_listen(bell, "outbox"))
    await _settle()
    bell.ring("inbox")
    await asyncio.gather(*listeners)
    assert not deaf.done()
    deaf.cancel()


async def test_a_ring_from_another_thread_wakes_too() -> None:
    bell = LocalBell()
    listener = asyncio.create_task(_listen(bell, "inbox"))
    await _settle()
    await asyncio.to_thread(bell.ring, "inbox")
    await listener


async def test_a_ring_between_two_waits_is_not_lost() -> None:
    bell = LocalBell()
    await bell.wait("inbox", 0)
    bell.ring("inbox")
    bell.ring("inbox")
    await _listen(bell, "inbox")
    again = asyncio.create_task(_listen(bell, "inbox"))
    await _settle()
    assert not again.done(), "two rings are heard as one"
    again.cancel()


async def test_old_rings_do_not_wake_a_new_task() -> None:
    bell = LocalBell()
    bell.ring("inbox")
    late = asyncio.create_task(_listen(bell, "inbox"))
    await _settle()
    assert not late.done()
    late.cancel()


async def test_without_a_ring_the_wait_ends_by_itself() -> None:
    async with asyncio.timeout(LIMIT):
        await LocalBell().wait("inbox", 0.001)
