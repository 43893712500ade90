"""How a worker keeps its retrain on record, and learns that it is no longer its own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from domain.errors import StoreUnavailable
from domain.ports import Clock, Retrains
from domain.retrain import Retrain

HEARTBEAT_SECONDS = 10.0
STALE_SECONDS = 60.0
"""A worker that was silent for so long is given up."""
_EVERY_SECONDS = 1.0
"""People cannot read faster, and Slack takes about one edit a second."""
_POINTS = 40
"""Of a curve that a line of text can show."""


class Stopped(Exception):
    """The retrain is not this worker's any more: somebody cancelled it, or another worker took over."""


@dataclass
class Pen:
    """The record of one retrain while this worker has it."""

    retrains: Retrains
    clock: Clock
    worker: str
    retrain: Retrain
    _written: float = field(default=float("-inf"))

    async def write(self, retrain: Retrain) -> None:
        """Keep it. Raises Stopped, and StoreUnavailable."""
        self.retrain = retrain
        self._written = self.clock.monotonic()
        if not await self.retrains.save(retrain, self.worker, self.clock.now()):
            raise Stopped

    async def tell(
        self, share: float, words: str, rewards: Sequence[float] = (), seconds_left: float | None = None
    ) -> None:
        """How far the stage is; what comes too fast is left to the next heartbeat."""
        news = {"share": min(max(share, 0.0), 1.0), "words": words, "seconds_left": seconds_left}
        if rewards:
            news["rewards"] = thinned(rewards)
        self.retrain = self.retrain.model_copy(update=news)
        if self.clock.monotonic() - self._written >= _EVERY_SECONDS:
            await self.write(self.retrain)

    async def beat(self) -> None:
        """Keep it alive, until it is taken away: then Stopped. A database in trouble is tried again."""
        while True:
            await self.clock.sleep(HEARTBEAT_SECONDS)
            with suppress(StoreUnavailable):
                await self.write(self.retrain)


async def until_stopped(pen: Pen, work: "asyncio.Task[Retrain]") -> Retrain:
    """The result of the work, beside a heartbeat; Stopped cancels the work."""
    beating = asyncio.create_task(pen.beat())
    try:
        await asyncio.wait({work, beating}, return_when=asyncio.FIRST_COMPLETED)
        if beating.done() and not work.done():
            work.cancel()
            await asyncio.wait({work})
            beating.result()
        return work.result()
    finally:
        beating.cancel()
        work.cancel()
        await asyncio.wait({work, beating})


def thinned(rewards: Sequence[float]) -> tuple[float, ...]:
    """At most so many means of neighbours, in order."""
    if len(rewards) <= _POINTS:
        return tuple(rewards)
    edges = [round(n * len(rewards) / _POINTS) for n in range(_POINTS + 1)]
    return tuple(sum(rewards[a:b]) / (b - a) for a, b in pairwise(edges))
