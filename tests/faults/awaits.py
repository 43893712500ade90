"""Every await of approve, act and the executor, found by instrumentation, and what is to happen at one of them.

A task is driven through `send`: each return from it is an await that really waits. Where the process stands then
is told by the frames of AOI's own code that wait, from the outermost to the innermost. Two moments belong to such
an await: when it has begun (`in`: what was asked for is under way, done or not), and when it is over and nothing
after it has run (`out`).
"""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = str(Path(__file__).parents[2]) + os.sep
PATH: ContextVar[str] = ContextVar("path", default="")
"""Which way of the code a task is on; empty for what is no part of it."""
_AGAIN_SECONDS = 0.01
ENGINES = ("store/sqlite.py", "store/postgresql.py")
"""Where every repository waits; told by what is waited for, a `read` or a `write`."""


class Awaits:
    """Watches the awaits of one process while `strike.json` lies in the folder, and strikes at one of them."""

    def __init__(self, folder: Path, role: str) -> None:
        self.folder = folder
        self.role = role
        self.strike: dict[str, Any] | None = None
        self.serial = 0
        """Of the last strike that was taken up."""
        self.counts: Counter[str] = Counter()

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch every task that begins from now on."""

        def factory(loop: asyncio.AbstractEventLoop, coro: Any, **named: Any) -> Any:
            return asyncio.Task(Watched(coro, self), loop=loop, **named)

        loop.set_task_factory(factory)

    def arm(self) -> None:
        """Begin to watch, when somebody has said what to do."""
        try:
            wanted = json.loads((self.folder / "strike.json").read_text())
        except (FileNotFoundError, ValueError):
            return
        if wanted["role"] == self.role and wanted["serial"] > self.serial:
            self.strike, self.serial = wanted, wanted["serial"]
            self.counts.clear()

    def disarm(self) -> None:
        """The way is at its end."""
        self.strike = None

    def suspended(self, coro: Any) -> None:
        """An await has begun."""
        key = self._key(coro)
        if key and self.strike is not None:
            self.counts[key] += 1
            if self.strike["action"] == "trace":
                with (self.folder / "trace").open("a") as trace:
                    trace.write(key + "\n")
            self._strike(key, "in")

    def resumed(self, coro: Any) -> None:
        """An await is over."""
        key = self._key(coro)
        if key:
            self._strike(key, "out")

    def _key(self, coro: Any) -> str:
        return f"{PATH.get()}: {' > '.join(standing(coro))}" if self.strike is not None and PATH.get() else ""

    def _strike(self, key: str, moment: str) -> None:
        wanted = self.strike
        if wanted is None or key != wanted.get("key") or moment != wanted["moment"]:
            return
        if self.counts[key] != wanted["count"]:
            return
        self.disarm()
        try:
            (self.folder / "struck").touch(exist_ok=False)
        except FileExistsError:
            return  # it has struck another replica
        match wanted["action"]:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "wait":
                while not (self.folder / "go").exists():
                    time.sleep(_AGAIN_SECONDS)


class Watched(Coroutine[Any, Any, Any]):
    """A task's coroutine, counted."""

    def __init__(self, coro: Any, awaits: Awaits) -> None:
        self._coro = coro
        self._awaits = awaits
        self._begun = False

    def send(self, value: Any) -> Any:
        return self._go(lambda: self._coro.send(value))

    def throw(self, *error: Any) -> Any:
        return self._go(lambda: self._coro.throw(*error))

    def close(self) -> None:
        self._coro.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coro.__await__()  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coro, name)

    def _go(self, on: Callable[[], Any]) -> Any:
        if self._begun:
            self._awaits.resumed(self._coro)
        self._begun = True
        waits_for = on()
        self._awaits.suspended(self._coro)
        return waits_for


def standing(coro: Any) -> list[str]:
    """Where AOI's own code waits, outermost first: `graph/nodes/act.py:70`."""
    places = []
    while coro is not None:
        frame: FrameType | None = next(
            (f for name in ("cr_frame", "gi_frame", "ag_frame") if (f := getattr(coro, name, None))), None
        )
        if frame is not None and (own := _own(frame)):
            places.append(own)
        coro = next(
            (c for name in ("cr_await", "gi_yieldfrom", "ag_await") if (c := getattr(coro, name, None))), None
        )
    return places


def _own(frame: FrameType) -> str:
    file = frame.f_code.co_filename
    if not file.startswith(ROOT) or file.startswith((ROOT + "tests", ROOT + ".venv")):
        return ""
    place = file.removeprefix(ROOT)
    return f"{place}:{frame.f_code.co_name}" if place in ENGINES else f"{place}:{frame.f_lineno}"
