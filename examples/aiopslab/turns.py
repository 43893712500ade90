"""AIOpsLab asks for one action at a time; AOI calls when it likes. Here the two meet.

Calls that are made beside each other share a command, because every command costs one of few steps.
"""

import asyncio
from dataclasses import dataclass, field

from examples.aiopslab.calls import LOST, Call, Result, results_of, script_of

QUIET_SECONDS = 0.1
"""Silence after which no further call is expected to come along."""
MOST = 64
"""Calls in one command."""

Waiting = tuple[Call, asyncio.Future[Result]]


@dataclass
class Turns:
    """The calls that wait, the command under way, and how many steps are left."""

    left: int
    """Steps that may still be spent, the submission among them."""
    _waiting: list[Waiting] = field(default_factory=list)
    _sent: list[Waiting] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    spent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when only the step of the submission is left."""

    async def run(self, call: Call) -> Result:
        """Have a call made; `LOST` when there is no step left for it."""
        if self.spent.is_set():
            return LOST
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        self._news.set()
        return await future

    def answer(self, observation: str) -> None:
        """The observation of the last command."""
        results = results_of(observation, len(self._sent))
        for (_, future), result in zip(self._sent, results, strict=True):
            if not future.done():
                future.set_result(result)
        self._sent = []

    async def script(self) -> str:
        """The next command, once there are calls; costs a step. Cancel it when the work is done."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        while self._news.is_set():
            self._news.clear()
            await asyncio.sleep(QUIET_SECONDS)
        changing = next((index for index, (call, _) in enumerate(self._waiting) if call.changes), None)
        count = min(MOST, len(self._waiting)) if changing is None else max(1, changing)
        self._sent, self._waiting = self._waiting[:count], self._waiting[count:]
        self.left -= 1
        return script_of([call for call, _ in self._sent])

    def end(self) -> None:
        """No step is left for calls: those that wait are lost."""
        self.spent.set()
        for _, future in (*self._sent, *self._waiting):
            if not future.done():
                future.set_result(LOST)
        self._sent, self._waiting = [], []
