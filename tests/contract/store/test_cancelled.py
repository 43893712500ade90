"""A task that is cancelled in the middle of a write leaves a whole database and no lock behind."""

import asyncio

from store.build import Store
from tests.contract.store.values import NOW, note, opened


async def _a_while(n: int) -> None:
    """Let the loop turn n times and other threads run a little, so that each task is cancelled somewhere else."""
    for _ in range(n):
        await asyncio.sleep(0)
    for _ in range(n % 7):
        await asyncio.to_thread(int)


async def test_cancelled_appends_are_all_or_nothing(store: Store, other: Store) -> None:
    await opened(store)
    tasks = []
    for n in range(40):
        tasks.append(asyncio.create_task(store.journal.append("inc-1", f"k{n}", NOW, note(str(n)))))
        await _a_while(n)
        tasks[-1].cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) or end.key for end in ends)  # type: ignore[union-attr]

    async with asyncio.timeout(10):
        last = await other.journal.append("inc-1", "last", NOW, note())
        assert await store.journal.append("inc-1", "last", NOW, note()) == last
    trajectory = await store.journal.trajectory("inc-1")
    assert trajectory is not None
    assert [entry.seq for entry in trajectory.entries] == list(range(1, last.seq + 1))


async def test_cancelled_reads_give_their_connections_back(store: Store) -> None:
    await opened(store)
    for n in range(40):
        task = asyncio.create_task(store.incidents.get("inc-1"))
        await _a_while(n)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10):
        assert await asyncio.gather(*(store.incidents.get("inc-1") for _ in range(30)))
