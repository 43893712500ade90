"""A Slack Web API of a few methods, whose failures tests write down beforehand."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clients import client_of
from bot.slack import Slack

Script = dict[str, Any] | int
"""An answer to give instead: a JSON body, or an HTTP status."""


@dataclass
class WebApi:
    """What was called and what stands in the channels."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    scripts: dict[str, list[Script]] = field(default_factory=lambda: defaultdict(list))
    """Failures by method, used up in order; the call has no effect."""
    lost: set[str] = field(default_factory=set)
    """Methods whose next call takes effect, but whose answer gets lost."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    base_url: str = ""

    def of(self, method: str) -> list[dict[str, Any]]:
        """Arguments of the calls of one method."""
        return [arguments for name, arguments in self.calls if name == method]

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments: dict[str, Any] = {**request.query, **await request.post()}
        if request.content_type == "application/json":
            arguments = await request.json()
        self.calls.append((method, arguments))
        if self.scripts[method]:
            script = self.scripts[method].pop(0)
            if isinstance(script, int):
                return web.Response(status=script, text="busy", headers={"Retry-After": "7"})
            return web.json_response(script)
        answer = self._do(method, arguments)
        if method in self.lost:
            self.lost.remove(method)
            assert request.transport is not None
            request.transport.close()
        return web.json_response(answer)

    def _do(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "user_id": "U0AOI", "bot_id": "B0AOI", "team_id": "T1", "user": "aoi"}
            case "chat.postMessage":
                ts = f"1700000001.{len(self.messages):06d}"
                self.messages.append({**arguments, "ts": ts})
                return {"ok": True, "ts": ts, "channel": arguments["channel"]}
            case "chat.update":
                shown = [m for m in self.messages if m["ts"] == arguments["ts"]]
                if not shown:
                    return {"ok": False, "error": "message_not_found"}
                shown[0].update(arguments)
                return {"ok": True, "ts": arguments["ts"]}
            case "conversations.replies" | "conversations.history":
                return {"ok": True, "messages": self.messages}
            case "usergroups.users.list":
                found = self.groups.get(arguments["usergroup"])
                return (
                    {"ok": True, "users": found}
                    if found is not None
                    else {"ok": False, "error": "no_such_subteam"}
                )
            case "files.getUploadURLExternal":
                return {"ok": True, "upload_url": f"{self.base_url}upload", "file_id": f"F{len(self.calls)}"}
            case "files.completeUploadExternal":
                return {"ok": True, "files": []}
            case "chat.postEphemeral" | "views.open" | "views.push" | "upload":
                return {"ok": True}
            case _:
                return {"ok": False, "error": "unknown_method"}


@dataclass
class Web:
    """The server and a client of it."""

    api: WebApi
    slack: Slack


@asynccontextmanager
async def web_api() -> AsyncIterator[Web]:
    """Serve on loopback while the context lasts."""
    api = WebApi()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", api.handle)
    async with TestServer(app) as server:
        api.base_url = str(server.make_url("/api/"))
        yield Web(api, Slack(client_of("xoxb-test", api.base_url)))
