"""The time, fresh ids and wake-ups of this process: the real ones behind the ports."""

import asyncio
import os
import secrets
import socket
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without l, o, 0 and 1, which people confuse; 32 letters are 5 bits each."""
_LENGTH = 16
"""80 bits, so that nobody guesses the id on a button."""


def process_name() -> str:
    """Name of this process in leases, ledger rows and the audit."""
    return f"{socket.gethostname()}/{os.getpid()}"


@dataclass(frozen=True)
class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The time, timezone-aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class RandomIds:
    """Ids from the operating system's secure source."""

    def new(self, prefix: str) -> str:
        """A fresh id such as `inc-k3f9…`."""
        return f"{prefix}-{''.join(secrets.choice(_LETTERS) for _ in range(_LENGTH))}"


@dataclass(frozen=True)
class LocalBell:
    """Wakes waiting loops of this process; `ring` may be called from any thread.

    A task that waits for a topic again and again misses no ring between its waits: the next wait returns at once.
    """

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rung: Counter[str] = field(default_factory=Counter)
    _heard: "WeakKeyDictionary[asyncio.Task[Any], dict[str, int]]" = field(default_factory=WeakKeyDictionary)
    _waiting: dict[str, set["_Waiter"]] = field(default_factory=lambda: defaultdict(set))

    def ring(self, topic: str) -> None:
        """Wake everybody who waits for the topic."""
        with self._lock:
            self._rung[topic] += 1
            for waiter in self._waiting.pop(topic, ()):
                waiter.wake()

    async def wait(self, topic: str, seconds: float) -> None:
        """Return when the topic rings, or after that many seconds of wall time."""
        task = asyncio.current_task()
        assert task is not None
        heard = self._heard.setdefault(task, {})
        waiter = _Waiter(asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if heard.setdefault(topic, self._rung[topic]) == self._rung[topic]:
                self._waiting[topic].add(waiter)
            else:
                waiter.event.set()
        try:
            async with asyncio.timeout(seconds):
                await waiter.event.wait()
        except TimeoutError:
            pass
        finally:
            with self._lock:
                heard[topic] = self._rung[topic]
                self._waiting[topic].discard(waiter)
                if not self._waiting[topic]:
                    del self._waiting[topic]


@dataclass(frozen=True, eq=False)
class _Waiter:
    loop: asyncio.AbstractEventLoop
    event: asyncio.Event

    def wake(self) -> None:
        self.loop.call_soon_threadsafe(self.event.set)
