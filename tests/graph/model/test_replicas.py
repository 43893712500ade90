"""Several servers of one model: they share the work, and one that is down is passed over."""

import pytest

from domain.errors import ModelDown, ModelRefused
from domain.model import Message
from graph.model.replicas import Replicas
from graph.model.terms import Dialect
from graph.model.wire import Ask, OpenAiServer
from tests.graph.model.server import MODEL, Fails, serving

ASK = Ask(MODEL, (Message(role="user", content="Hello"),), None, 10)
NOBODY = "http://127.0.0.1:9/v1"


def replicas(*urls: str) -> Replicas:
    return Replicas(tuple(OpenAiServer.at(url, "", Dialect.VLLM) for url in urls))


async def test_they_are_asked_in_turn() -> None:
    async with serving("one") as (_, first), serving("two") as (_, second):
        both = replicas(first, second)
        assert [(await both.complete(ASK, 5)).text for _ in range(4)] == ["one", "two", "one", "two"]
        await both.close()


async def test_one_that_is_down_is_passed_over_and_all_down_is_said() -> None:
    async with serving("up") as (_, url):
        half = replicas(NOBODY, url)
        assert [(await half.complete(ASK, 5)).text for _ in range(3)] == ["up"] * 3
        await half.close()
    dead = replicas(NOBODY, NOBODY)
    with pytest.raises(ModelDown):
        await dead.complete(ASK, 5)
    await dead.close()


async def test_a_refusal_is_an_answer_and_not_asked_again_elsewhere() -> None:
    async with serving(Fails(400)) as (_, first), serving("two") as (other, second):
        both = replicas(first, second)
        with pytest.raises(ModelRefused):
            await both.complete(ASK, 5)
        assert other.requests == []
        await both.close()
