"""Episodes: the ended incidents of production as they stand, and runs of the lab that never become incidents."""

from datetime import timedelta

import pytest

from domain.cluster import Ref
from domain.diagnosis import Cause
from domain.episodes import Episode, Graded, Replay, Truth
from domain.errors import BadInput
from domain.incident import Incident, Status
from domain.journal import Entry, Trajectory
from store.build import Store
from tests.contract.store.test_memories import cue
from tests.contract.store.test_model_calls import WIDE, call
from tests.contract.store.values import NOW, SOON, incident, note, opened
from tests.fakes import SCALE_UP

WEEK = timedelta(days=7)
REPLAY = Replay(suite="basics", task="bad-release", family="bad-release", seed=3, rename=True)


def kept(name: str = "inc-lab", success: bool = True) -> Episode:
    """A run of the lab, whose journal goes by a clock of its own."""
    run = incident(name, at=NOW - 100 * WEEK).model_copy(update={"status": Status.RESOLVED})
    entry = Entry(incident_id=name, seq=1, key="1", at=run.updated_at, step=note("“naïve” \x00 🙂"))
    return Episode(
        trajectory=Trajectory(incident=run, entries=(entry,)),
        calls=(call("a", incident_id=name),),
        replay=REPLAY,
        graded=Graded(success=success, harmless=True, answer_right=success),
        truth=Truth(
            anomaly=True,
            causes=(Cause.ZERO_REPLICAS,),
            components=(Ref(kind="Deployment", namespace="shop", name="checkout"),),
            repairs=(SCALE_UP,),
        ),
        kept_at=NOW,
    )


async def ended(store: Store, name: str, status: Status = Status.RESOLVED) -> Incident:
    """An incident that has ended."""
    fresh = await opened(store, name)
    await store.journal.append(name, "1", NOW, note("looked"))
    await store.incidents.set_status(name, status, SOON)
    return fresh


async def names(store: Store, weeks: int | None = None) -> list[str]:
    found = await store.episodes.since(None if weeks is None else NOW + weeks * WEEK)
    return [episode.id for episode in found]


async def test_a_kept_run_comes_back_whole_and_the_same_id_replaces_it(store: Store, other: Store) -> None:
    await store.episodes.keep(kept(success=False))
    await other.episodes.keep(kept())
    assert await store.episodes.get("inc-lab") == kept()
    assert await store.episodes.since() == (kept(),)


async def test_a_kept_run_is_no_incident_and_no_memory(store: Store) -> None:
    await store.episodes.keep(kept())
    assert await store.incidents.get("inc-lab") is None
    assert await store.incidents.latest(9) == ()
    assert await store.incidents.drivable(NOW) == ()
    assert await store.journal.trajectory("inc-lab") is None
    assert await store.memories.behind(9) == ()
    assert await store.memories.recall(cue(text="Why is checkout down?"), 9) == ()
    assert await store.outbox.unsent(9) == ()


async def test_an_ended_incident_is_an_episode_with_its_journal_and_calls(store: Store) -> None:
    await ended(store, "inc-a")
    for name in ("b", "a"):
        asked = call(name, incident_id="inc-a")
        await store.model_calls.reserve(asked, WIDE)
    found = await store.episodes.get("inc-a")
    assert found is not None
    assert found.trajectory == await store.journal.trajectory("inc-a")
    assert found.calls == await store.model_calls.of("inc-a")
    assert [asked.id for asked in found.calls] == ["a", "b"]
    assert (found.replay, found.graded, found.truth) == (None, None, None)
    assert await store.episodes.since() == (found,)


async def test_a_run_that_goes_on_is_not_read_yet_and_an_unknown_one_never(store: Store) -> None:
    await opened(store, "inc-open")
    await ended(store, "inc-broke", Status.FAILED)
    assert await names(store) == ["inc-broke"]
    assert await store.episodes.get("inc-none") is None


async def test_episodes_come_by_when_they_last_went_on_and_thumbs_count(store: Store) -> None:
    """The clock of the lab does not: its runs came when they were kept."""
    for name in ("inc-a", "inc-b"):
        await ended(store, name)
    await store.episodes.keep(kept().model_copy(update={"kept_at": NOW + 2 * WEEK}))
    await store.journal.append("inc-a", "late", NOW + 3 * WEEK, note("a thumb"))
    assert await names(store) == ["inc-b", "inc-lab", "inc-a"]
    assert await names(store, weeks=1) == ["inc-lab", "inc-a"]
    assert await names(store, weeks=3) == ["inc-a"]
    assert await names(store, weeks=4) == []


async def test_each_episode_has_its_own_rows(store: Store) -> None:
    for name in ("inc-a", "inc-b"):
        await ended(store, name)
        await store.model_calls.reserve(call(f"of {name}", incident_id=name), WIDE)
    await store.episodes.link("inc-b", REPLAY)
    found = {episode.id: episode for episode in await store.episodes.since()}
    for name, replay in (("inc-a", None), ("inc-b", REPLAY)):
        assert {entry.incident_id for entry in found[name].trajectory.entries} == {name}
        assert [asked.incident_id for asked in found[name].calls] == [name]
        assert found[name].replay == replay


async def test_a_link_says_where_an_incident_can_be_played_and_the_last_one_counts(store: Store) -> None:
    await ended(store, "inc-a")
    await store.episodes.link("inc-a", REPLAY)
    other = REPLAY.model_copy(update={"suite": "/captured/inc-a.yaml"})
    await store.episodes.link("inc-a", other)
    found = await store.episodes.get("inc-a")
    assert found is not None
    assert found.replay == other


async def test_an_unknown_incident_is_not_linked(store: Store) -> None:
    with pytest.raises(BadInput, match="There is no incident inc-none; `aoi incident list` names them"):
        await store.episodes.link("inc-none", REPLAY)
