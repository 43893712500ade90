"""Several servers of the same model as one: asked in turn, and one that is down is passed over."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from domain.errors import ModelDown
from graph.model.wire import AdapterServer, Ask, ChatServer, Completion, Served


@dataclass(frozen=True)
class Replicas(ChatServer):
    """`ChatServer` over equal servers; at least one."""

    servers: Sequence[AdapterServer]
    _turn: "count[int]" = field(default_factory=count)

    async def complete(self, ask: Ask, seconds: float) -> Completion:
        """One reply of the next server that is up, within that time; raises the `Model*` errors and BadReply."""
        now = asyncio.get_running_loop().time
        until = now() + seconds
        *first, last = self._in_turn()
        for server in first:
            with suppress(ModelDown):
                return await server.complete(ask, until - now())
        return await last.complete(ask, until - now())

    async def models(self, seconds: float) -> tuple[Served, ...]:
        """What every server has; raises the `Model*` errors and BadReply, also where one server alone fails."""
        listed = [await server.models(seconds) for server in self.servers]
        return tuple(
            model for model in listed[0] if all(model.name in {m.name for m in other} for other in listed[1:])
        )

    async def close(self) -> None:
        """Give the connections back."""
        for server in self.servers:
            await server.close()

    def _in_turn(self) -> list[AdapterServer]:
        start = next(self._turn) % len(self.servers)
        return [*self.servers[start:], *self.servers[:start]]
