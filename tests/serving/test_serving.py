"""AOI and a real vLLM on this machine's CPU. One server for all tests; the last one kills it."""

import asyncio
import random
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import aiohttp
import psutil
import pytest

from app.adapters import roll_back, switch_to
from app.model import active_adapter, adapters_of, counter_of, model_health, model_server, terms_of
from domain.adapters import AdapterState
from domain.errors import AdapterRefused, BadInput, ModelDown, ModelRefused
from domain.model import CallOutcome, Message
from domain.ports import Sight
from graph.model.client import ModelClient
from graph.model.wire import Ask, ReplySchema
from graph.policies.chat.answer import read_decision
from graph.policies.chat.catalogue import ACTIONS, PROBES
from graph.policies.chat.policy import ChatPolicy
from graph.policies.chat.prompt import ObserverPrompt
from graph.policies.chat.rights import rights_of
from graph.policies.playbook import PlaybookPolicy
from tests.fakes import START, CountingIds, HandClock
from tests.graph.model.clients import CallBook, incident
from tests.graph.policies.story import Story, suspicion
from tests.serving.conftest import MODEL, Served

pytestmark = [pytest.mark.serving, pytest.mark.timeout(600)]

AT_ONCE = 16
WORD = ReplySchema("number", {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
SIGHT: Sight = Story(suspicion()).sight


@asynccontextmanager
async def client_of(served: Served, **terms: object) -> AsyncIterator[ModelClient]:
    """A client as the bot has it, with its calls in memory."""
    servers = model_server(served.settings)
    assert servers is not None
    mine = replace(terms_of(served.settings), **terms)  # type: ignore[arg-type]
    chance = random.Random(1)
    client = ModelClient(
        servers, CallBook(), mine, counter_of(served.settings), HandClock(), CountingIds(), chance,
        adapter=lambda: None if "model" in terms else active_adapter(served.settings),
    )  # fmt: skip
    try:
        yield client
    finally:
        await servers.close()


def policy_of(client: ModelClient) -> ChatPolicy:
    return ChatPolicy(client, PlaybookPolicy(), ObserverPrompt(client.counter, CountingIds()))


def with_one_call(schema: ReplySchema, name: str) -> ReplySchema:
    """The response format with this probe or action as the only call; other forms are left out."""
    narrow = deepcopy(dict(schema.schema))
    narrow["anyOf"] = [form for form in narrow["anyOf"] if _only(form["properties"]["instruction"], name)]
    assert len(narrow["anyOf"]) == 1, name
    return ReplySchema(schema.name, narrow)


def _only(instruction: dict[str, dict[str, dict[str, object]]], name: str) -> bool:
    """Leave one call in the form; whether it has that call."""
    for holder in (instruction["properties"].get("do"), instruction["properties"].get("probes", {}).get("items")):
        calls = holder.get("anyOf", []) if isinstance(holder, dict) else []
        kept = [call for call in calls if {"const": name} in call["properties"].values()]
        if kept and isinstance(holder, dict):
            holder["anyOf"] = kept
            return True
    return False


def every_call() -> Iterator[str]:
    yield from (*PROBES, *ACTIONS)


async def test_a_hundred_decisions_and_one_with_each_call_of_the_catalogue_can_be_read(served: Served) -> None:
    """Random weights know nothing, so what can be read is what the response format and vLLM hold them to."""
    rights = rights_of(SIGHT)
    formats = [rights.schema] * 100 + [with_one_call(rights.schema, name) for name in every_call()]
    gate = asyncio.Semaphore(AT_ONCE)
    async with client_of(served) as client:
        messages = ObserverPrompt(client.counter, CountingIds()).messages(SIGHT, rights)

        async def ask(form: ReplySchema) -> str:
            async with gate:
                found = await client.server.complete(Ask(MODEL, messages, form, 1_500, 1.0), 300)
            assert not found.truncated
            assert found.token_ids
            assert len(found.token_ids) == len(found.logprobs)
            return read_decision(found.text, SIGHT, rights).kind

        kinds = Counter(await asyncio.gather(*map(ask, formats)))
    assert sum(kinds.values()) == 100 + len(PROBES) + len(ACTIONS)
    assert set(kinds) == {"probe", "propose", "conclude"}


async def test_the_model_is_healthy_in_the_eyes_of_the_doctor(served: Served) -> None:
    health = await model_health(served.settings)
    assert (health.name, health.context) == (MODEL, 16_384)


async def test_adapters_are_switched_and_rolled_back_while_requests_are_in_flight(served: Served) -> None:
    registry = adapters_of(served.settings)
    for name, source in (("aoi-observer-v1", "good"), ("aoi-observer-v2", "better")):
        registry.register(name, served.weights / source, MODEL, START)
    async with client_of(served) as client:
        book = client.calls
        assert isinstance(book, CallBook)
        asking = [asyncio.create_task(_ask_on(client)) for _ in range(4)]
        try:
            assert await _asked(served) == MODEL
            await switch_to(served.settings, "aoi-observer-v1")
            assert await _asked(served) == "aoi-observer-v1"
            await switch_to(served.settings, "aoi-observer-v2")
            assert await _asked(served) == "aoi-observer-v2"
            assert (await model_health(served.settings)).name == f"aoi-observer-v2 (adapter of {MODEL})"
            await roll_back(served.settings)
            assert await _asked(served) == "aoi-observer-v1"
            await roll_back(served.settings)
            assert await _asked(served) == MODEL
        finally:
            for task in asking:
                task.cancel()
            ended = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended)
    answered = {call.model for call in book.calls.values() if call.outcome is CallOutcome.ANSWERED}
    assert answered == {MODEL, "aoi-observer-v1", "aoi-observer-v2"}
    assert {call.outcome for call in book.calls.values()} <= {CallOutcome.ANSWERED, CallOutcome.PENDING}
    states = {adapter.name: adapter.state for adapter in registry.roster().adapters}
    assert states == dict.fromkeys(("aoi-observer-v1", "aoi-observer-v2"), AdapterState.RETIRED)


async def _ask_on(client: ModelClient) -> None:
    while True:
        await client.ask(incident(tokens=10_000_000), (Message(role="user", content="Count."),), WORD)


async def _asked(served: Served) -> str:
    """Who answers a request that begins now."""
    async with client_of(served) as client:
        await client.ask(incident(), (Message(role="user", content="Count."),), WORD)
        assert isinstance(client.calls, CallBook)
        (call,) = client.calls.calls.values()
    assert call.outcome is CallOutcome.ANSWERED
    return call.model


def damaged(source: Path, folder: Path) -> Path:
    """The adapter with weights that end in the middle."""
    folder.mkdir()
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        raw = (source / file).read_bytes()
        (folder / file).write_bytes(raw if file.endswith("json") else raw[: len(raw) // 2])
    return folder


@pytest.mark.parametrize(("name", "kind"), [("aoi-observer-v3", "damaged"), ("aoi-observer-v4", "wide")])
async def test_an_adapter_that_vllm_does_not_take_leaves_the_old_one_serving(
    served: Served, name: str, kind: str, tmp_path: Path
) -> None:
    source = damaged(served.weights / "good", tmp_path / "bad") if kind == "damaged" else served.weights / kind
    registry = adapters_of(served.settings)
    registry.register(name, source, MODEL, START)
    before = registry.roster().served
    with pytest.raises(AdapterRefused, match=name):
        await switch_to(served.settings, name)
    roster = registry.roster()
    assert (roster.served, roster.get(name).state) == (before, AdapterState.REFUSED)
    async with client_of(served) as client:
        assert name not in {model.name for model in await client.server.models(30)}
        assert (await policy_of(client).decide(SIGHT)).stand_in is None


async def test_names_that_nobody_knows_are_refused_and_the_playbook_decides(served: Served) -> None:
    with pytest.raises(BadInput, match="no adapter 'aoi-observer-v9'"):
        await switch_to(served.settings, "aoi-observer-v9")
    async with client_of(served, model="aoi-observer-v9") as client:
        decision = await policy_of(client).decide(SIGHT)
    assert decision.stand_in is not None
    assert "404" in decision.stand_in.why
    assert "AOI_MODEL_NAME" in decision.stand_in.why


async def test_a_prompt_beyond_the_context_is_refused_in_words(served: Served) -> None:
    async with client_of(served) as client:
        with pytest.raises(ModelRefused, match="longer than the model's context") as refused:
            await client.ask(incident(tokens=10_000_000), (Message(role="user", content="log line " * 30_000),))
        assert refused.value.status == 400
        assert (await policy_of(client).decide(SIGHT)).stand_in is None


async def _running(served: Served) -> None:
    """Until vLLM's own metrics say that it works on a request."""
    busy = re.compile(r"^vllm:num_requests_running\{.*\} 1", re.MULTILINE)
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        said = ""
        while not busy.search(said):
            async with session.get(served.url.removesuffix("/v1") + "/metrics") as answer:
                said = await answer.text()


async def test_a_server_killed_in_a_call_costs_that_call_and_the_playbook_carries_on(served: Served) -> None:
    """The command says that vLLM died, and leaves no worker behind."""
    vllm = served.vllm()
    workers = vllm.children(recursive=True)
    async with client_of(served, attempts=1) as client:
        story = (Message(role="user", content="Tell a long story."),)
        long = asyncio.create_task(client.server.complete(Ask(MODEL, story, None, 8_000, 1.0), 300))
        await _running(served)
        assert not long.done()
        vllm.send_signal(signal.SIGKILL)
        with pytest.raises(ModelDown):
            await long
        decision = await policy_of(client).decide(SIGHT)
    assert decision.stand_in is not None
    assert "does not answer" in decision.stand_in.why
    said, _ = await asyncio.to_thread(served.process.communicate, timeout=60)
    assert served.process.returncode == 1
    assert "vLLM ended by itself" in said
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert (len(gone), alive) == (len(workers), [])
