"""Crashes and pauses at every await of a piece of work, found by instrumentation."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Interrupter:
    """Counts the moments before and after each awaited call of the things it watches.

    At the moment `at` it raises `Killed`, or, with a gate, waits there until somebody opens it.
    """

    at: int | None = None
    gate: asyncio.Event | None = None
    moments: list[str] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self, thing: Any) -> Any:
        """The thing, with every coroutine method instrumented."""
        return _Watched(thing, self)

    async def moment(self, name: str) -> None:
        self.moments.append(name)
        if len(self.moments) - 1 != self.at:
            return
        self.reached.set()
        if self.gate is None:
            raise Killed(name)
        await self.gate.wait()


class _Watched:
    def __init__(self, thing: Any, interrupter: Interrupter) -> None:
        self._thing = thing
        self._interrupter = interrupter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not asyncio.iscoroutinefunction(found):
            return found
        call: Callable[..., Awaitable[Any]] = found

        async def watched(*args: Any, **kwargs: Any) -> Any:
            await self._interrupter.moment(f"before {name}")
            answer = await call(*args, **kwargs)
            await self._interrupter.moment(f"after {name}")
            return answer

        return watched
