"""A small API server with canned answers, for what the real lab cannot be made to say."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from tools.cluster.connection import Connection

Answer = tuple[int, Any]
"""Status and body: a JSON value, or a string sent as plain text."""


@dataclass
class Recorded:
    """Answers by path, without its query; what is not there is a 404. `asked` lists what came in."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, Mapping[str, str], Mapping[str, str], Any]] = field(default_factory=list)
    """Method, path, query, headers, JSON body."""
    hang: bool = False
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer from the table."""
        body = await request.json() if request.can_read_body else None
        self.asked.append((request.method, request.path, dict(request.query), dict(request.headers), body))
        if self.hang:
            await asyncio.Event().wait()
        status, answer = self.answers.get(request.path, (404, status_object(404, "not found")))
        if callable(answer):
            status, answer = answer(request)
        if isinstance(answer, str):
            return web.Response(status=status, text=answer)
        return web.json_response(answer, status=status)

    def kubeconfig(self, folder: Path, token: str = "reader-token") -> Path:
        """A kubeconfig that points here."""
        path = folder / "kubeconfig"
        path.write_text(
            yaml.safe_dump(
                {
                    "current-context": "lab",
                    "clusters": [{"name": "lab", "cluster": {"server": self.url}}],
                    "users": [{"name": "reader", "user": {"token": token}}],
                    "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "reader"}}],
                }
            )
        )
        return path


def status_object(code: int, message: str) -> dict[str, Any]:
    """The API server's error object."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}


@asynccontextmanager
async def recorded() -> AsyncIterator[Recorded]:
    """A server that answers from `.answers` until the block ends."""
    api = Recorded()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    api.url = str(server.make_url("")).rstrip("/")
    try:
        yield api
    finally:
        await server.close()


@asynccontextmanager
async def connected(api: Recorded, folder: Path, timeout: float = 5.0) -> AsyncIterator[Connection]:
    """A connection to it."""
    async with await Connection.from_kubeconfig(api.kubeconfig(folder), None, timeout) as connection:
        yield connection
