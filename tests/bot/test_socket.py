"""Socket Mode's life: watched when it hangs, closed within a bound."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientNotConnectedError

from bot.clients import client_of
from bot.socket import Socket, _Line
from tests.fakes import HandClock


@dataclass
class Client:
    """A connection that is up or not."""

    up: bool = True
    fails: int = 0
    forced: list[bool] = field(default_factory=list)

    async def is_connected(self) -> bool:
        return self.up

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        self.forced.append(force)
        if self.fails:
            self.fails -= 1
            raise SlackClientNotConnectedError("no route")
        self.up = True


@dataclass
class Handler:
    """A handler whose closing may hang."""

    client: Client = field(default_factory=Client)
    hangs: bool = False
    closed: bool = False

    async def close_async(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        self.closed = True


def socket_with(*handlers: Handler, clock: HandClock | None = None) -> Socket:
    app = AsyncApp(client=client_of("xoxb-test"))
    socket = Socket(app, "xapp-test", "http://127.0.0.1:9/api/", len(handlers), clock or HandClock())
    for handler in handlers:
        line = _Line(cast(AsyncSocketModeHandler, cast(Any, handler)))
        line.hello.set()
        socket._lines.append(line)
    return socket


async def watched(socket: Socket, rounds: int) -> None:
    """Let the watchdog look that often."""
    task = asyncio.create_task(socket.watch())
    for _ in range(rounds * 4):
        await asyncio.sleep(0)
    task.cancel()


async def test_a_connection_that_stays_down_is_made_anew() -> None:
    """The SDK reconnects by itself; only when that has failed for long do we force it."""
    handler = Handler(Client(up=False, fails=1))
    clock = HandClock()
    socket = socket_with(handler, clock=clock)
    line = socket._lines[0]
    for _ in range(5):
        await clock.sleep(10)
        await socket._look_after(line)
    assert handler.client.forced == []
    assert not socket.ready
    await clock.sleep(10)
    await socket._look_after(line)
    assert handler.client.forced == [True]
    for _ in range(6):
        await clock.sleep(10)
        await socket._look_after(line)
    assert handler.client.forced == [True, True]
    assert socket.ready


async def test_one_connection_of_two_is_enough_to_be_ready() -> None:
    socket = socket_with(Handler(Client(up=False)), Handler())
    await watched(socket, 3)
    assert socket.ready


async def test_closing_ends_within_its_bound_though_a_connection_hangs(monkeypatch: Any) -> None:
    monkeypatch.setattr("bot.socket._CLOSE_SECONDS", 0.05)
    handlers = Handler(hangs=True), Handler()
    socket = socket_with(*handlers)
    await asyncio.wait_for(socket.close(), 1)
    assert handlers[1].closed
    assert not socket.ready
