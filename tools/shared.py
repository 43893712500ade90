"""One look at a time: many incidents in one namespace must not each take a snapshot of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Whoever asks while a look is under way shares the next one, so nobody sees what was before the question."""

    def __init__(self, look: Callable[[str], Awaitable[T]]) -> None:
        """`look` is asked by namespace."""
        self._look = look
        self._under_way: dict[str, asyncio.Task[T]] = {}
        self._next: dict[str, asyncio.Task[T]] = {}

    async def __call__(self, namespace: str) -> T:
        """A look that begins after this call. Raises what the look raises, for everybody who shares it."""
        if namespace not in self._next:
            before = self._under_way.get(namespace)
            self._next[namespace] = asyncio.create_task(self._after(before, namespace), name=f"look {namespace}")
        # One who goes away must not take the look from the others.
        return await asyncio.shield(self._next[namespace])

    async def _after(self, before: asyncio.Task[T] | None, namespace: str) -> T:
        if before is not None:
            await asyncio.wait([before])
        mine = self._under_way[namespace] = self._next.pop(namespace)
        try:
            return await self._look(namespace)
        finally:
            if self._under_way[namespace] is mine:
                del self._under_way[namespace]
