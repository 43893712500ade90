"""Calls of the model are kept whole, and the ceilings hold over replicas, days and dead processes."""

import asyncio
from datetime import datetime, timedelta

from domain.model import CallOutcome, Ceilings, Counted, Message, ModelCall, hash_of
from store.build import Store
from tests.contract.store.values import NOW, opened

WIDE = Ceilings(incident_tokens=1000, incident_seconds=60)


def call(
    name: str = "call-1", incident_id: str = "inc-1", at: datetime = NOW, tokens: int = 100, cost: float = 0.0
) -> ModelCall:
    messages = (Message(role="user", content="Why? \x00 🙂"),)
    return ModelCall(
        id=name,
        incident_id=incident_id,
        at=at,
        model="m",
        messages=messages,
        prompt_hash=hash_of(messages),
        tokens_in=tokens,
        tokens_out=0,
        counted=Counted.ESTIMATE,
        cost=cost,
    )


async def test_a_settled_call_comes_back_as_it_was(store: Store) -> None:
    await opened(store)
    assert (await store.model_calls.reserve(call(), WIDE)).refused is None
    settled = call().model_copy(
        update={"outcome": CallOutcome.ANSWERED, "reply": "ok", "token_ids": (1, 2), "logprobs": (-0.5, -1e-9)}
    )
    await store.model_calls.settle(settled)
    assert await store.model_calls.of("inc-1") == (settled,)
    assert await store.model_calls.of("inc-2") == ()


async def test_a_call_that_never_settled_counts_with_the_most_it_can_have_cost(store: Store) -> None:
    await opened(store)
    await store.model_calls.reserve(call("call-1", tokens=950), WIDE)
    refused = await store.model_calls.reserve(call("call-2", tokens=51), WIDE)
    assert refused.refused == "the ceiling of 1000 tokens for one incident is reached"
    assert (await store.model_calls.reserve(call("call-3", tokens=50), WIDE)).refused is None


async def test_settling_frees_what_was_not_used(store: Store) -> None:
    await opened(store)
    await store.model_calls.reserve(call("call-1", tokens=1000), WIDE)
    await store.model_calls.settle(call("call-1", tokens=10).model_copy(update={"seconds": 20.0}))
    allowed = await store.model_calls.reserve(call("call-2", tokens=990), WIDE)
    assert (allowed.refused, allowed.seconds_left) == (None, 40.0)


async def test_the_day_counts_over_incidents_and_ends_at_midnight(store: Store) -> None:
    await opened(store)
    await opened(store, "inc-2")
    day = WIDE.model_copy(update={"day_tokens": 150, "day_cost": 1.0})
    await store.model_calls.reserve(call("call-1", cost=0.6), day)
    assert "150 tokens for one day" in str((await store.model_calls.reserve(call("a", "inc-2"), day)).refused)
    small = call("b", "inc-2", tokens=1, cost=0.6)
    assert "1 money for one day" in str((await store.model_calls.reserve(small, day)).refused)
    tomorrow = call("c", "inc-2", at=NOW + timedelta(hours=21))
    assert (await store.model_calls.reserve(tomorrow, day)).refused is None


async def test_model_time_of_an_incident_ends(store: Store) -> None:
    await opened(store)
    await store.model_calls.reserve(call("call-1"), WIDE)
    await store.model_calls.settle(call("call-1").model_copy(update={"seconds": 60.5}))
    assert "seconds of model time" in str((await store.model_calls.reserve(call("call-2"), WIDE)).refused)


async def test_replicas_that_ask_at_once_do_not_break_a_ceiling_together(store: Store, other: Store) -> None:
    await opened(store)
    asks = [(store, other)[n % 2].model_calls.reserve(call(f"call-{n}", tokens=300), WIDE) for n in range(8)]
    allowed = [answer for answer in await asyncio.gather(*asks) if answer.refused is None]
    assert len(allowed) == 3
