"""`aoi doctor` sees a model server as AOI would meet it."""

import pytest

from domain.errors import BadReply
from graph.model.check import examine
from tests.graph.model.clients import Bench, bench, with_terms
from tests.graph.model.server import MODEL, reply


async def checked(it: Bench, **terms: object) -> int | None:
    client = with_terms(it, **terms)
    return (await examine(client.server, client.terms, it.clock)).context


async def test_a_server_that_obeys_is_healthy_and_tells_its_context() -> None:
    async with bench(reply(word="canary", sum=42)) as it:
        assert await checked(it) == 32_768


async def test_a_model_that_is_not_served_is_named_with_those_that_are() -> None:
    async with bench("unused") as it:
        with pytest.raises(BadReply, match=f"does not list 'other'; it has: {MODEL}"):
            await checked(it, model="other")


async def test_a_context_that_is_too_short_is_found_before_an_incident() -> None:
    async with bench("unused") as it:
        it.model.context = 2048
        with pytest.raises(BadReply, match="2048 tokens"):
            await checked(it)


@pytest.mark.parametrize("text", ["Sure! 42", "[]", reply(word="42", sum=42), reply(word="canary", sum="42")])
async def test_a_model_that_does_not_keep_to_schemas_is_found(text: str) -> None:
    async with bench(text) as it:
        with pytest.raises(BadReply, match="does not keep to a JSON schema"):
            await checked(it)
