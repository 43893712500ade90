"""Switching adapters over several servers: all or none, proved first, and the doctor sees what is asked.

The servers are scripted, because a machine that tests has no room for two; tests/serving has a real one.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.adapters import roll_back, switch_to
from app.model import active_adapter, adapters_of, model_health
from app.settings import Settings, load_settings
from domain.adapters import AdapterState
from domain.errors import AdapterRefused, BadInput, BadReply, ModelDown
from tests.fakes import START
from tests.store.test_adapters import trained

pytestmark = pytest.mark.usefixtures("clean")

MODEL = "qwen3-14b"
GOOD = json.dumps(
    {
        "summary": "It runs out of memory.", "hypotheses": [], "action": "probe", "namespace": "canary",
        "target": "", "instruction": {"probes": [{"probe": "events"}]}, "cites": [], "confidence": 0.5,
    }
)  # fmt: skip
HEALTHY = json.dumps({"word": "canary", "sum": 42})


@dataclass
class Vllm:
    """A server that keeps adapters as vLLM does."""

    says: str = GOOD
    refuses: int | None = None
    """HTTP status of every load."""
    adapters: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def load(self, request: web.Request) -> web.Response:
        if self.refuses is not None:
            return web.json_response({"error": {"message": "no"}}, status=self.refuses)
        self.adapters.append((await request.json())["lora_name"])
        return web.Response(text="Success")

    async def unload(self, request: web.Request) -> web.Response:
        name = (await request.json())["lora_name"]
        if name not in self.adapters:
            return web.json_response({"error": {"message": "no"}}, status=404)
        self.adapters.remove(name)
        return web.Response(text="Success")

    async def models(self, request: web.Request) -> web.Response:
        card: dict[str, Any] = {"object": "model", "created": 0, "owned_by": "test"}
        cards = [{**card, "id": MODEL, "max_model_len": 32_768}]
        cards += [{**card, "id": name, "parent": MODEL, "max_model_len": None} for name in self.adapters]
        return web.json_response({"object": "list", "data": cards})

    async def chat(self, request: web.Request) -> web.Response:
        self.asked.append((await request.json())["model"])
        message = {"role": "assistant", "content": self.says}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice]}
        )


@asynccontextmanager
async def running(vllm: Vllm) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/v1/load_lora_adapter", vllm.load)
    app.router.add_post("/v1/unload_lora_adapter", vllm.unload)
    app.router.add_get("/v1/models", vllm.models)
    app.router.add_post("/v1/chat/completions", vllm.chat)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/v1"))


@asynccontextmanager
async def pair(folder: Path, first: Vllm, second: Vllm) -> AsyncIterator[Settings]:
    """Two servers, and three adapters on record."""
    async with running(first) as one, running(second) as two:
        mine = load_settings(None, data_dir=folder / ".aoi", model_url=f"{one}, {two}", model_name=MODEL)
        for n in (1, 2, 3):
            adapters_of(mine).register(f"aoi-v{n}", trained(folder / f"run{n}", b"%d" % n), MODEL, START)
        yield mine


async def test_an_adapter_is_loaded_and_proved_everywhere_before_it_is_asked(tmp_path: Path) -> None:
    first, second = Vllm(), Vllm()
    async with pair(tmp_path, first, second) as mine:
        assert active_adapter(mine) is None
        await switch_to(mine, "aoi-v1")
        assert active_adapter(mine) == "aoi-v1"
        assert (first.asked, second.asked) == (["aoi-v1"], ["aoi-v1"])
        await switch_to(mine, "aoi-v2")
        await switch_to(mine, "aoi-v3")
        assert sorted(first.adapters) == sorted(second.adapters) == ["aoi-v2", "aoi-v3"]
        await roll_back(mine)
        assert active_adapter(mine) == "aoi-v2"
        await roll_back(mine)
        await roll_back(mine)
        assert active_adapter(mine) is None
        with pytest.raises(BadInput, match="nothing to go back to"):
            await roll_back(mine)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Vllm(refuses=400), "HTTP 400.*damaged"),
        (Vllm(refuses=404), "aoi model serve"),
        (Vllm(says="Sure!"), "trial decision.*cannot be used"),
    ],
)
async def test_where_one_server_does_not_take_it_all_give_it_back_and_the_old_one_serves(
    tmp_path: Path, second: Vllm, words: str
) -> None:
    first = Vllm()
    async with pair(tmp_path, first, second) as mine:
        with pytest.raises(AdapterRefused, match=words):
            await switch_to(mine, "aoi-v1")
        assert (first.adapters, second.adapters, active_adapter(mine)) == ([], [], None)
        assert adapters_of(mine).roster().get("aoi-v1").state is AdapterState.REFUSED


async def test_a_server_that_is_down_stops_the_switch_and_is_not_the_adapters_fault(tmp_path: Path) -> None:
    first = Vllm()
    async with pair(tmp_path, first, Vllm()) as mine:
        half = mine.model_copy(update={"model_url": (mine.model_url[0], "http://127.0.0.1:9/v1")})
        with pytest.raises(ModelDown):
            await switch_to(half, "aoi-v1")
        assert (first.adapters, active_adapter(mine)) == ([], None)
        assert adapters_of(mine).roster().get("aoi-v1").state is AdapterState.CANDIDATE


async def test_an_adapter_of_another_model_is_neither_switched_to_nor_asked(tmp_path: Path) -> None:
    async with pair(tmp_path, Vllm(), Vllm()) as mine:
        await switch_to(mine, "aoi-v1")
        other = mine.model_copy(update={"model_name": "llama"})
        assert active_adapter(other) is None
        with pytest.raises(BadInput, match="belongs to the model 'qwen3-14b'"):
            await switch_to(other, "aoi-v2")


async def test_the_doctor_asks_every_server_for_the_active_adapter(tmp_path: Path) -> None:
    first, second = Vllm(), Vllm()
    async with pair(tmp_path, first, second) as mine:
        await switch_to(mine, "aoi-v1")
        first.says = second.says = HEALTHY
        health = await model_health(mine)
        assert (health.name, health.context) == (f"aoi-v1 (adapter of {MODEL})", 32_768)
        second.adapters.clear()
        with pytest.raises(BadReply, match="does not list 'aoi-v1'; it has: qwen3-14b"):
            await model_health(mine)
