"""Questions to the executor: each is answered once, by whoever holds it, and nobody takes up what is past."""

import asyncio
from datetime import timedelta

from domain.planning import PlanAnswer, PlanRequest
from domain.proposal import Refusal
from domain.topics import PLANS, plan_of
from store.build import Store
from store.notify import listening
from tests.contract.store.values import NOW
from tests.fakes import SCALE_UP
from tests.fakes import plan_of as planned
from tests.tools.hands import SHOP

LEASE = 30.0
SECOND = timedelta(seconds=1)


def question(name: str = "plan-1", life: timedelta = timedelta(minutes=1)) -> PlanRequest:
    return PlanRequest(id=name, scope=SHOP, action=SCALE_UP, asked_at=NOW, expires_at=NOW + life)


async def test_a_question_is_taken_once_and_answered(store: Store, other: Store) -> None:
    await store.plans.ask(question())
    await store.plans.ask(question())
    assert await store.plans.look("plan-1") == PlanAnswer()
    assert await other.plans.take("a", NOW, LEASE) == question()
    assert await store.plans.take("b", NOW, LEASE) is None
    assert await store.plans.look("plan-1") == PlanAnswer(executor="a")
    assert not await store.plans.answer("plan-1", "b", planned(SCALE_UP)), "somebody else holds it"
    assert await other.plans.answer("plan-1", "a", planned(SCALE_UP))
    assert await store.plans.look("plan-1") == PlanAnswer(executor="a", plan=planned(SCALE_UP))
    assert not await other.plans.answer("plan-1", "a", Refusal(rule="late", reason="Too late."))
    assert await store.plans.take("b", NOW + timedelta(seconds=LEASE), LEASE) is None, "it is answered"


async def test_a_refusal_is_an_answer(store: Store) -> None:
    await store.plans.ask(question())
    await store.plans.take("a", NOW, LEASE)
    refusal = Refusal(rule="no-effect", reason="It is like that already.")
    assert await store.plans.answer("plan-1", "a", refusal)
    assert (await store.plans.look("plan-1")).plan == refusal


async def test_of_many_executors_each_takes_another_question(store: Store, other: Store) -> None:
    names = {f"plan-{n}" for n in range(6)}
    for name in names:
        await store.plans.ask(question(name))
    taken = await asyncio.gather(*((store, other)[n % 2].plans.take(f"e{n}", NOW, LEASE) for n in range(12)))
    assert sorted(request.id for request in taken if request) == sorted(names)


async def test_nobody_takes_up_an_expired_question(store: Store) -> None:
    await store.plans.ask(question(life=SECOND))
    assert await store.plans.take("a", NOW + SECOND, LEASE) is None


async def test_a_question_of_a_dead_executor_goes_to_the_next(store: Store) -> None:
    await store.plans.ask(question(life=timedelta(hours=1)))
    assert await store.plans.take("a", NOW, LEASE)
    assert await store.plans.take("b", NOW + timedelta(seconds=LEASE) - SECOND, LEASE) is None
    assert await store.plans.take("b", NOW + timedelta(seconds=LEASE), LEASE)
    assert not await store.plans.answer("plan-1", "a", planned(SCALE_UP)), "it finds out"


async def test_a_clock_that_was_wrong_keeps_no_question(store: Store) -> None:
    """Held by somebody whose clock was an hour ahead: it does not wait for that hour to come."""
    await store.plans.ask(question(life=timedelta(hours=2)))
    assert await store.plans.take("a", NOW + timedelta(hours=1), LEASE)
    assert await store.plans.take("b", NOW, LEASE)


async def test_questions_long_past_are_forgotten(store: Store) -> None:
    await store.plans.ask(question())
    await store.plans.take("a", NOW, LEASE)
    later = question("plan-2").model_copy(update={"asked_at": NOW + timedelta(hours=2)})
    await store.plans.ask(later)
    assert await store.plans.look("plan-1") == PlanAnswer()


async def test_who_listens_hears_of_questions_and_answers(store: Store, url: str) -> None:
    """With PostgreSQL; with SQLite nobody is told, and everybody polls."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with listening(url, heard.put_nowait):
        if url.startswith("sqlite"):
            await store.plans.ask(question())
            assert heard.empty()
            return
        told: str | None = None
        for attempt in range(200):  # until the other connection listens
            await store.plans.ask(question(f"plan-{attempt}"))
            try:
                told = await asyncio.wait_for(heard.get(), 0.1)
                break
            except TimeoutError:
                continue
        assert told == PLANS
        taken = await store.plans.take("a", NOW, LEASE)
        assert taken is not None
        await store.plans.answer(taken.id, "a", planned(SCALE_UP))
        async with asyncio.timeout(20):
            while told != plan_of(taken.id):
                told = await heard.get()
