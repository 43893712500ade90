"""The journal: append-only, without gaps, without doubles."""

import asyncio
from datetime import timedelta

import pytest

from domain.errors import BadInput
from domain.journal import Proposed, Step, Trajectory, Triaged
from store.build import Store
from tests.contract.store.values import NOW, SOON, incident, note, opened, proposal
from tests.fakes import finding, hypothesis


async def read(store: Store, name: str = "inc-1") -> Trajectory:
    trajectory = await store.journal.trajectory(name)
    assert trajectory is not None
    return trajectory


async def test_steps_come_back_in_order_and_as_they_were(store: Store) -> None:
    await opened(store)
    triaged = Triaged(
        looked_at="1 namespace", findings=(finding("NUL \x00 “quoted”"),), hypotheses=(hypothesis(),)
    )
    steps: tuple[Step, ...] = (note("first"), triaged, Proposed(proposal=proposal()))
    appended = [
        await store.journal.append("inc-1", f"step {n}", NOW + timedelta(microseconds=n), step)
        for n, step in enumerate(steps)
    ]
    trajectory = await read(store)
    assert trajectory.incident == incident()
    assert trajectory.entries == tuple(appended)
    assert [entry.step for entry in trajectory.entries] == list(steps)
    assert [entry.seq for entry in trajectory.entries] == [1, 2, 3]
    assert trajectory.proposals[0].computed_digest() == proposal().digest


async def test_a_key_that_is_there_changes_nothing(store: Store) -> None:
    await opened(store)
    first = await store.journal.append("inc-1", "k", NOW, note("first"))
    assert await store.journal.append("inc-1", "k", SOON, note("second")) == first
    assert (await store.journal.append("inc-1", "l", SOON, note("third"))).seq == 2
    assert len((await read(store)).entries) == 2


async def test_incidents_count_for_themselves(store: Store) -> None:
    await opened(store, "inc-1")
    await opened(store, "inc-2")
    await store.journal.append("inc-1", "k", NOW, note())
    assert (await store.journal.append("inc-2", "k", NOW, note())).seq == 1


async def test_an_unknown_incident_has_no_journal(store: Store) -> None:
    assert await store.journal.trajectory("inc-9") is None
    with pytest.raises(BadInput, match="no incident inc-9"):
        await store.journal.append("inc-9", "k", NOW, note())


async def test_800_appends_at_once_by_two_replicas_leave_no_gap(store: Store, other: Store) -> None:
    await opened(store)

    async def write(replica: Store, name: str) -> None:
        for n in range(100):
            await replica.journal.append("inc-1", f"{name} {n}", NOW, note())

    await asyncio.gather(
        *(write(replica, f"{i} {j}") for i, replica in enumerate((store, other)) for j in range(4))
    )
    assert [entry.seq for entry in (await read(store)).entries] == list(range(1, 801))


async def test_replicas_that_append_one_key_at_once_agree(store: Store, other: Store) -> None:
    await opened(store)
    stores = (store, other)
    entries = await asyncio.gather(
        *(stores[n % 2].journal.append("inc-1", "k", NOW, note(str(n))) for n in range(20))
    )
    assert len(set(entries)) == 1
    assert (await read(store)).entries == (entries[0],)
