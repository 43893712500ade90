"""Lessons come back by the symptoms at which they fire, the same from both databases."""

import asyncio
from datetime import timedelta

from domain.lessons import State as LessonState
from domain.lessons import Use
from store.build import Store
from tests.contract.store.values import NOW, SOON
from tests.taught import ERRORS, PULL, lesson, replayed, when

LATER = NOW + timedelta(days=400)


def use(good: bool, incident: str, name: str = "les-1") -> Use:
    return Use(lesson_id=name, incident_id=incident, good=good, at=NOW, why="“naïve” \x00 🙂")


async def fitting(store: Store, *symptoms: object) -> list[str]:
    wanted = [s for s in (PULL, ERRORS) if s in symptoms]
    return [found.id for found in await store.lessons.fitting(wanted, NOW)]


async def test_a_lesson_comes_back_whole(store: Store, other: Store) -> None:
    told = lesson(says="“naïve” \x00 🙂", expires=LATER)
    assert await store.lessons.keep(told)
    assert await other.lessons.get("les-1") == told
    assert await other.lessons.get("les-2") is None
    assert await other.lessons.all() == (told,)


async def test_it_fires_where_all_its_symptoms_are(store: Store) -> None:
    await store.lessons.keep(lesson("les-one", expires=LATER))
    await store.lessons.keep(lesson("les-both", signature=when(PULL, ERRORS), expires=LATER))
    assert await fitting(store, PULL) == ["les-one"]
    assert set(await fitting(store, PULL, ERRORS)) == {"les-one", "les-both"}
    assert await fitting(store, ERRORS) == []
    assert await fitting(store) == []


async def test_only_active_ones_that_have_not_expired_fire_the_strongest_first(store: Store) -> None:
    await store.lessons.keep(lesson("les-weak", judgement=replayed(1, 3), expires=LATER))
    await store.lessons.keep(lesson("les-strong", expires=LATER))
    await store.lessons.keep(lesson("les-over", expires=NOW))
    await store.lessons.keep(lesson("les-candidate", state=LessonState.CANDIDATE, expires=LATER))
    assert await fitting(store, PULL) == ["les-strong", "les-weak"]
    assert {one.id for one in await store.lessons.all((LessonState.CANDIDATE,))} == {"les-candidate"}


async def test_of_two_changes_of_one_revision_the_first_counts(store: Store, other: Store) -> None:
    await store.lessons.keep(lesson(expires=LATER))
    fresh = [lesson(revision=2, says=says, expires=LATER) for says in ("One.", "Two.")]
    kept = await asyncio.gather(store.lessons.keep(fresh[0]), other.lessons.keep(fresh[1]))
    assert sorted(kept) == [False, True]
    found = await store.lessons.get("les-1")
    assert found is not None
    assert found.says == fresh[kept.index(True)].says
    assert not await store.lessons.keep(lesson(expires=LATER))


async def test_other_symptoms_take_the_place_of_the_earlier(store: Store) -> None:
    await store.lessons.keep(lesson(expires=LATER))
    await store.lessons.keep(lesson(revision=2, signature=when(ERRORS), expires=LATER))
    assert await fitting(store, PULL) == []
    assert await fitting(store, ERRORS) == ["les-1"]


async def test_uses_are_counted_once_an_incident_and_the_last_word_counts(store: Store) -> None:
    await store.lessons.keep(lesson(expires=LATER))
    for said in (use(True, "inc-a"), use(True, "inc-b"), use(False, "inc-a")):
        await store.lessons.note(said)
    await store.lessons.note(use(True, "inc-c").model_copy(update={"at": SOON}))
    found = await store.lessons.get("les-1")
    assert found is not None
    assert (found.uses, found.successes) == (3, 2)
    told = await store.lessons.uses("les-1")
    assert [(u.incident_id, u.good) for u in told] == [("inc-a", False), ("inc-b", True), ("inc-c", True)]
    (fit,) = await store.lessons.fitting([PULL], NOW)
    assert (fit.uses, fit.successes) == (3, 2)
