"""A loopback server that speaks Chat Completions and answers by script, badly where the script says so."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

MODEL = "scripted-14b"


@dataclass(frozen=True)
class Says:
    """A completion with this text."""

    text: str | None
    finish: str = "stop"
    usage: bool = True
    more: dict[str, Any] = field(default_factory=dict)
    """Further fields of the choice."""


@dataclass(frozen=True)
class Fails:
    """An HTTP error."""

    status: int
    message: str = "scripted"


@dataclass(frozen=True)
class Raw:
    """A 200 whose body is no completion."""

    body: str


@dataclass(frozen=True)
class Stalls:
    """No answer while the server lives."""


Answer = str | Says | Fails | Raw | Stalls
Line = Answer | Callable[[str], Answer]
"""An answer, or how to make one of what the user said."""


@dataclass
class ScriptedModel:
    """Answers the n-th request with the n-th line; the last line serves for all that follow."""

    lines: Sequence[Line]
    requests: list[dict[str, Any]] = field(default_factory=list)
    context: int = 32_768
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def prompts(self) -> list[str]:
        """Every request as one text."""
        return ["\n".join(m["content"] for m in request["messages"]) for request in self.requests]

    async def chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        line = self.lines[min(len(self.requests), len(self.lines)) - 1]
        said = "\n".join(message["content"] for message in body["messages"] if message["role"] == "user")
        answer = line(said) if callable(line) else line
        match answer:
            case str():
                return web.json_response(_completion(body, Says(answer)))
            case Says():
                return web.json_response(_completion(body, answer))
            case Fails(status, message):
                return web.json_response({"error": {"message": message, "code": status}}, status=status)
            case Raw(text):
                return web.Response(text=text, content_type="application/json")
            case Stalls():
                await self.ended.wait()
                return web.Response(status=503)

    async def models(self, request: web.Request) -> web.Response:
        card = {"id": MODEL, "object": "model", "created": 0, "owned_by": "test", "max_model_len": self.context}
        return web.json_response({"object": "list", "data": [card]})


def _completion(body: dict[str, Any], said: Says) -> dict[str, Any]:
    sent = sum(len(message["content"]) for message in body["messages"])
    usage = {"prompt_tokens": sent // 4, "completion_tokens": 7, "total_tokens": sent // 4 + 7}
    message = {"role": "assistant", "content": said.text}
    choice = {"index": 0, "message": message, "finish_reason": said.finish, "logprobs": None, **said.more}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [choice],
        "usage": usage if said.usage else None,
    }


@asynccontextmanager
async def serving(*lines: Line) -> AsyncIterator[tuple[ScriptedModel, str]]:
    """The model and the URL it is reached at."""
    model = ScriptedModel(lines)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/v1/chat/completions", model.chat)
    app.router.add_get("/v1/models", model.models)
    async with TestServer(app, host="127.0.0.1") as server:
        try:
            yield model, str(server.make_url("/v1"))
        finally:
            model.ended.set()


def reply(**fields: Any) -> str:
    """A reply as JSON text."""
    return json.dumps(fields)
