"""Incidents: one for each key, one driver at a time."""

import asyncio
from datetime import timedelta

from domain.approval import Verdict
from domain.incident import Status
from store.build import Store
from tests.contract.store.values import EXPIRY, LATE, NOW, SOON, incident, opened, proposal

MINUTE = timedelta(minutes=1)


async def test_comes_back_as_it_was_opened(store: Store) -> None:
    assert await store.incidents.open(incident(), "k") == incident()
    assert await store.incidents.get("inc-1") == incident()
    assert await store.incidents.get("inc-2") is None


async def test_the_same_key_opens_the_same_incident(store: Store) -> None:
    await store.incidents.open(incident("inc-1"), "k")
    assert (await store.incidents.open(incident("inc-2"), "k")).id == "inc-1"
    assert await store.incidents.get("inc-2") is None


async def test_replicas_that_open_one_key_at_once_agree(store: Store, other: Store) -> None:
    names = [f"inc-{n}" for n in range(20)]
    stores = (store, other)
    answers = await asyncio.gather(
        *(stores[n % 2].incidents.open(incident(name), "k") for n, name in enumerate(names))
    )
    assert len({answer.id for answer in answers}) == 1
    assert len(await store.incidents.latest(100)) == 1


async def test_the_newest_of_a_thread_answers_for_it(store: Store) -> None:
    await opened(store, "inc-1", NOW)
    await opened(store, "inc-2", SOON)
    found = await store.incidents.by_thread("C1", "1.1")
    assert found is not None
    assert found.id == "inc-2"
    assert await store.incidents.by_thread("C1", "9.9") is None
    assert await store.incidents.by_thread("C2", "1.1") is None


async def test_latest_is_newest_first_and_can_leave_out_the_finished(store: Store) -> None:
    for n in range(4):
        await opened(store, f"inc-{n}", NOW + n * MINUTE)
    await store.incidents.set_status("inc-2", Status.RESOLVED, LATE)
    assert [i.id for i in await store.incidents.latest(3)] == ["inc-3", "inc-2", "inc-1"]
    assert [i.id for i in await store.incidents.latest(9, unfinished=True)] == ["inc-3", "inc-1", "inc-0"]


async def test_a_status_shows_in_every_view(store: Store) -> None:
    await opened(store)
    await store.incidents.set_status("inc-1", Status.ACTING, SOON)
    moved = incident().model_copy(update={"status": Status.ACTING, "updated_at": SOON})
    trajectory = await store.journal.trajectory("inc-1")
    assert trajectory is not None
    assert trajectory.incident == await store.incidents.get("inc-1") == moved
    assert await store.incidents.latest(1) == (moved,)


async def test_one_driver_until_the_lease_ends(store: Store, other: Store) -> None:
    await opened(store)
    assert await store.incidents.lease("inc-1", "a", NOW + MINUTE, NOW)
    assert not await other.incidents.lease("inc-1", "b", SOON + MINUTE, SOON)
    assert await store.incidents.lease("inc-1", "a", SOON + MINUTE, SOON), "the driver may stay"
    assert await other.incidents.lease("inc-1", "b", NOW + 3 * MINUTE, SOON + MINUTE), "a dead driver is replaced"
    assert not await store.incidents.lease("inc-1", "a", NOW + 9 * MINUTE, SOON + MINUTE), "and finds out"


async def test_release_gives_up_only_ones_own_lease(store: Store) -> None:
    await opened(store)
    await store.incidents.lease("inc-1", "a", NOW + MINUTE, NOW)
    await store.incidents.release("inc-1", "b")
    assert not await store.incidents.lease("inc-1", "b", NOW + MINUTE, NOW)
    await store.incidents.release("inc-1", "a")
    assert await store.incidents.lease("inc-1", "b", NOW + MINUTE, NOW)
    assert not await store.incidents.lease("unknown", "b", NOW + MINUTE, NOW)


async def test_of_many_drivers_at_once_one_wins(store: Store, other: Store) -> None:
    await opened(store)
    stores = (store, other)
    won = await asyncio.gather(
        *(stores[n % 2].incidents.lease("inc-1", f"driver-{n}", NOW + MINUTE, NOW) for n in range(20))
    )
    assert sum(won) == 1


async def test_unfinished_incidents_without_a_driver_are_drivable_oldest_first(store: Store) -> None:
    for n in range(5):
        await opened(store, f"inc-{n}", NOW - n * MINUTE)
    await store.incidents.set_status("inc-1", Status.HANDED_OVER, SOON)
    await store.incidents.set_status("inc-3", Status.VERIFYING, SOON)
    await store.incidents.lease("inc-2", "a", NOW + MINUTE, NOW)
    assert await store.incidents.drivable(SOON) == ("inc-4", "inc-3", "inc-0")
    assert await store.incidents.drivable(NOW + MINUTE) == ("inc-4", "inc-3", "inc-2", "inc-0")


async def test_who_waits_for_people_is_not_driven_until_they_or_time_decide(store: Store) -> None:
    await opened(store)
    await store.approvals.submit(proposal())
    assert await store.incidents.drivable(SOON) == ("inc-1",), "not WAITING yet: it crashed before saying so"
    await store.incidents.set_status("inc-1", Status.WAITING, SOON)
    assert await store.incidents.drivable(SOON) == ()
    assert await store.incidents.drivable(EXPIRY) == ("inc-1",), "time is up"
    await store.approvals.decide("pro-1", Verdict.REJECTED, "U2", "no", SOON)
    assert await store.incidents.drivable(SOON) == ("inc-1",), "somebody decided"


async def test_waiting_counts_only_for_the_latest_proposal(store: Store) -> None:
    await opened(store)
    await opened(store, "inc-2")
    await store.incidents.set_status("inc-1", Status.WAITING, SOON)
    await store.approvals.submit(proposal("pro-1", revision=1))
    await store.approvals.submit(proposal("pro-2", revision=2))
    await store.approvals.submit(proposal("pro-3", incident_id="inc-2", revision=3))
    await store.approvals.decide("pro-2", Verdict.APPROVED, "U2", "", SOON)
    assert await store.incidents.drivable(SOON) == ("inc-1", "inc-2")
