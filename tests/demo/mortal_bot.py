"""`aoi serve` that kills itself once at a named point: `python -m tests.demo.mortal_bot POINT FOLDER`.

A real SIGKILL of a real process; the file in FOLDER keeps it from dying at the same point again.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.parts import Parts, open_parts
from app.serving import run_bot
from app.settings import load_settings
from domain.journal import Concluded, Triaged

POINTS = (
    "received", "investigating", "proposed", "approved",
    "before-effect", "after-effect", "before-report", "after-report",
)  # fmt: skip

Method = Callable[..., Awaitable[Any]]


class Fate:
    """Dies once at its point."""

    def __init__(self, point: str, folder: Path) -> None:
        self.point = point
        self.mark = folder / f"died-{point}"

    def strike(self, point: str) -> None:
        if point == self.point and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, method: Method, point: str, fits: Callable[..., bool] = lambda *_: True) -> Method:
        async def mortal(*args: Any, **named: Any) -> Any:
            result = await method(*args, **named)
            if fits(*args):
                self.strike(point)
            return result

        return mortal

    def before(self, method: Method, point: str, fits: Callable[..., bool] = lambda *_: True) -> Method:
        async def mortal(*args: Any, **named: Any) -> Any:
            if fits(*args):
                self.strike(point)
            return await method(*args, **named)

        return mortal


class Wrapped:
    """A part with some of its methods replaced."""

    def __init__(self, inner: Any, **methods: Method) -> None:
        self._inner = inner
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._inner, name)


def mortal(parts: Parts, fate: Fate) -> Parts:
    """The parts, with death in them."""
    store, writing = parts.store, parts.writing
    assert writing is not None
    append = fate.after(store.journal.append, "investigating", lambda *a: isinstance(a[3], Triaged))
    append = fate.before(append, "before-report", lambda *a: isinstance(a[3], Concluded))
    append = fate.after(append, "after-report", lambda *a: isinstance(a[3], Concluded))
    apply = fate.after(fate.before(writing.writer.apply, "before-effect"), "after-effect")
    doomed = replace(
        store,
        inbox=Wrapped(store.inbox, receive=fate.after(store.inbox.receive, "received")),
        journal=Wrapped(store.journal, append=append),
        approvals=Wrapped(
            store.approvals,
            submit=fate.after(store.approvals.submit, "proposed"),
            decide=fate.after(store.approvals.decide, "approved"),
        ),
    )
    writer: Any = Wrapped(writing.writer, apply=apply)
    return replace(parts, store=doomed, writing=replace(writing, store=doomed, writer=writer))


async def main(point: str, folder: Path) -> None:
    async with open_parts(load_settings(env_file=None)) as parts:
        await run_bot(mortal(parts, Fate(point, folder)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
