"""Delivers envelopes as Slack does: each to one connection, again when it is not acknowledged in time."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientConnectionError, WSMsgType, web

Envelope = dict[str, Any]
_MOST_WAIT = 10.0
"""Seconds for which an envelope waits for a connection before it is lost."""


@dataclass
class Relay:
    """The bots that are connected, and what was delivered to them."""

    chance: random.Random
    ack_seconds: float
    """Slack: three seconds."""
    redeliveries: int
    """Slack: three, for events alone."""
    delivered: list[tuple[int, Envelope]] = field(default_factory=list)
    """Number of the connection (in order of connecting) and envelope, one entry each time."""
    lost: list[Envelope] = field(default_factory=list)
    """Never acknowledged."""
    _sockets: dict[int, web.WebSocketResponse] = field(default_factory=dict)
    _acks: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One bot's connection, from hello to its end."""
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        self._count += 1
        number = self._count
        self._sockets[number] = socket
        await socket.send_json({"type": "hello", "num_connections": len(self._sockets), "connection_info": {}})
        self._arrived.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                    self._acknowledged(message.json())
        finally:
            del self._sockets[number]
        return socket

    async def deliver(self, envelope: Envelope, answer: Callable[[Envelope], Awaitable[None]]) -> None:
        """Deliver until it is acknowledged, and pass the acknowledgement on; else count it as lost."""
        tries = 1 + (self.redeliveries if envelope.get("type") == "events_api" else 0)
        for attempt in range(tries):
            repeated = {"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {}
            acknowledged = self._acks[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
            await self._send({**envelope, **repeated})
            try:
                payload = await asyncio.wait_for(acknowledged, self.ack_seconds)
            except TimeoutError:
                continue
            await answer({"envelope_id": envelope["envelope_id"], **({"payload": payload} if payload else {})})
            return
        self.lost.append(envelope)

    async def _send(self, envelope: Envelope) -> None:
        if not self._sockets:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), _MOST_WAIT)
            except TimeoutError:
                return
        number = self.chance.choice(sorted(self._sockets))
        self.delivered.append((number, envelope))
        try:
            await self._sockets[number].send_json(envelope)
        except ClientConnectionError:
            return  # not acknowledged, so delivered again

    def _acknowledged(self, message: Envelope) -> None:
        waiting = self._acks.pop(str(message.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message.get("payload"))
