"""SQLite: the embedded default. One thread does all writing, each transaction in one go and in turn; two read."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

from domain.errors import StoreUnavailable
from store.errors import guarding
from store.urls import Address

T = TypeVar("T")

_OPTIONS = {
    # Seconds that a statement waits for a writer of another process.
    "timeout": 5,
    # The driver must not open transactions of its own: it begins them as readers, and a reader that turns
    # writer loses updates without a word. `_begin` takes the write lock first instead.
    "isolation_level": None,
}
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON")


@dataclass(frozen=True)
class SqliteDatabase:
    """`store.engine.Database` over one file."""

    address: Address
    engine: Engine
    writer: ThreadPoolExecutor
    """One: writers of this process queue here and not at the file's lock, whose queue is polled and unfair."""
    readers: ThreadPoolExecutor
    """Readers need not wait while a writer waits for the disk."""

    @classmethod
    def at(cls, address: Address) -> Self:
        """Prepare the connections. What the URL says, as in `?timeout=1`, comes before the defaults."""
        options = {name: value for name, value in _OPTIONS.items() if name not in address.url.query}
        engine = create_engine(address.url, hide_parameters=True, connect_args=options)
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        writer, readers = ThreadPoolExecutor(1, "store-write"), ThreadPoolExecutor(2, "store-read")
        return cls(address, engine, writer, readers)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Look."""
        return await self._in_thread(self.readers, lambda: self._run(self.engine, work))

    async def write(self, work: Callable[[Session], T]) -> T:
        """Change, with the write lock from the start."""
        writer = self.engine.execution_options(aoi_writes=True)
        return await self._in_thread(self.writer, lambda: self._run(writer, work))

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        for threads in (self.writer, self.readers):
            await asyncio.to_thread(threads.shutdown)
        self.engine.dispose()

    def _run(self, engine: Engine, work: Callable[[Session], T]) -> T:
        with guarding(self.address.name), Session(engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    async def _in_thread(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            answer = asyncio.get_running_loop().run_in_executor(threads, work)
        except RuntimeError as e:
            name = self.address.name
            raise StoreUnavailable(f"{name[0].upper()}{name[1:]} is closed; AOI is stopping.") from e
        return await answer


def _set_up(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("aoi_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
