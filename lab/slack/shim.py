"""Stands before local-slack and is as strict as Slack: single delivery, 429, limits, tokens, user groups.

For tests. local-slack sends every payload on every connection, validates nothing and limits nothing, so on its own
it is a good test of duplicates and a poor one of everything else.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, WSMsgType, web

from domain.ports import Clock
from lab.slack.relay import Envelope, Relay
from lab.slack.server import LocalSlack
from lab.slack.strictness import Args, complaint

_RETRY_AFTER = 1
_READABLE = ("blocks", "view", "metadata")


@dataclass
class Strictness:
    """How strict to be; tests change it while it runs."""

    posts_per_second: float = 1.0
    """For each channel; zero for no limit."""
    burst: int = 5
    """Slack lets short bursts pass."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    fail: Counter[str] = field(default_factory=Counter)
    """Answers of 503 still to give, by method."""
    ack_seconds: float = 3.0
    redeliveries: int = 3


@dataclass
class Shim:
    """A workspace as strict as Slack."""

    slack: LocalSlack
    """What stands behind it; people use its page, the bot uses `api`."""
    api: str
    strictness: Strictness
    relay: Relay
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Method and reason of every call that Slack would have refused."""
    limited: int = 0
    """Calls answered with 429."""


@asynccontextmanager
async def shim(
    slack: LocalSlack, strictness: Strictness, clock: Clock, chance: random.Random
) -> AsyncIterator[Shim]:
    """Run before a local-slack while the context lasts."""
    relay = Relay(chance, strictness.ack_seconds, strictness.redeliveries)
    async with ClientSession() as session:
        gate = _Gate(slack, strictness, relay, session, clock)
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_route("*", "/api/{method}", gate.call)
        app.router.add_get("/socket", relay.serve)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        gate.running = Shim(slack, f"http://127.0.0.1:{port}/api/", strictness, relay)
        gate.socket_url = f"ws://127.0.0.1:{port}/socket"
        pump = asyncio.create_task(gate.pump(), name="shim")
        try:
            yield gate.running
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump
            await runner.cleanup()


@dataclass
class _Gate:
    slack: LocalSlack
    strictness: Strictness
    relay: Relay
    session: ClientSession
    clock: Clock
    running: Shim | None = None
    socket_url: str = ""
    _tokens: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Posts left and when that was counted, by channel."""
    _triggers: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def call(self, request: web.Request) -> web.Response:
        """One Web API call: judged here, then done by local-slack."""
        assert self.running is not None
        method = request.match_info["method"]
        arguments = await _arguments(request)
        if request.headers.get("Authorization", "")[7:] not in (self.slack.bot_token, self.slack.app_token):
            return _error("invalid_auth")
        if self.strictness.fail[method] > 0:
            self.strictness.fail[method] -= 1
            return web.Response(status=503, text="upstream connect error")
        if method == "chat.postMessage" and not self._may_post(str(arguments.get("channel"))):
            self.running.limited += 1
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(_RETRY_AFTER)}
            )
        wrong = complaint(method, arguments) or self._spent(method, arguments)
        if wrong is not None:
            self.running.refused.append((method, wrong[1]))
            return _error(wrong[0], response_metadata={"messages": [f"[ERROR] {wrong[1]}"]})
        return await self._answer(method, arguments)

    async def pump(self) -> None:
        """Take every envelope of local-slack and deliver it in Slack's way."""
        async with asyncio.TaskGroup() as group, self.session.ws_connect(await self._upstream()) as upstream:
            async for message in upstream:
                if message.type is WSMsgType.TEXT:
                    envelope: Envelope = json.loads(message.data)
                    if "envelope_id" in envelope:
                        group.create_task(self.relay.deliver(envelope, upstream.send_json))

    async def _answer(self, method: str, arguments: Args) -> web.Response:
        if method == "apps.connections.open":
            return web.json_response({"ok": True, "url": self.socket_url})
        if method == "usergroups.users.list":
            group = self.strictness.groups.get(str(arguments.get("usergroup")))
            return _error("no_such_subteam") if group is None else web.json_response({"ok": True, "users": group})
        return web.json_response(await self._up(method, arguments))

    async def _up(self, method: str, arguments: Args) -> Args:
        headers = {"Authorization": f"Bearer {self.slack.bot_token}"}
        async with self.session.post(f"{self.slack.api}{method}", json=arguments, headers=headers) as answer:
            said: Args = await answer.json()
            return said

    async def _upstream(self) -> str:
        return str((await self._up("apps.connections.open", {}))["url"])

    def _may_post(self, channel: str) -> bool:
        rate = self.strictness.posts_per_second
        if rate == 0:
            return True
        now = self.clock.monotonic()
        left, at = self._tokens.get(channel, (float(self.strictness.burst), now))
        left = min(float(self.strictness.burst), left + (now - at) * rate)
        self._tokens[channel] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def _spent(self, method: str, arguments: Args) -> tuple[str, str] | None:
        """A trigger opens one modal."""
        if method != "views.open":
            return None
        trigger = str(arguments.get("trigger_id"))
        self._triggers[trigger] += 1
        return ("exchanged_trigger_id", "the trigger was used before") if self._triggers[trigger] > 1 else None


async def _arguments(request: web.Request) -> Args:
    if request.content_type == "application/json":
        arguments: dict[str, Any] = {**request.query, **await request.json()}
    else:
        arguments = {**request.query, **await request.post()}
    for name in _READABLE:
        if isinstance(arguments.get(name), str):
            arguments[name] = json.loads(arguments[name])
    return arguments


def _error(code: str, **more: Any) -> web.Response:
    return web.json_response({"ok": False, "error": code, **more})
