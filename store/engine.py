"""Connections: one way to read and one way to write, for SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import Misconfigured
from store.errors import guarding
from store.urls import Address

_LOCK_SECONDS = 5
"""How long a statement waits for another writer."""
_STATEMENT_SECONDS = 30
_POSTGRESQL_OPTIONS = {
    "connect_timeout": _LOCK_SECONDS,
    "options": f"-c lock_timeout={_LOCK_SECONDS}s -c statement_timeout={_STATEMENT_SECONDS}s",
}
_SQLITE_OPTIONS = {
    "timeout": _LOCK_SECONDS,
    # The driver must not open transactions of its own: it begins them as readers, and a reader that turns
    # writer loses updates without a word. `_begin` takes the write lock first instead.
    "isolation_level": None,
}
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON")


@dataclass(frozen=True)
class Database:
    """An open database. Errors inside `reading` and `writing` come out as `StoreUnavailable`."""

    address: Address
    engine: AsyncEngine
    turn: AbstractAsyncContextManager[Any]
    """Writers of this process queue here for SQLite: its own lock is polled, and polling is slow and unfair."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session to look; each statement sees what was committed when it began."""
        with guarding(self.address.name):
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are committed on leaving, or not at all on an error."""
        writer = self.engine.execution_options(aoi_writes=True)
        with guarding(self.address.name):
            async with self.turn, AsyncSession(writer, expire_on_commit=False) as session, session.begin():
                yield session

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


def connect(address: Address) -> Database:
    """Prepare the connections; none is made yet.

    Raises:
        Misconfigured: the driver of the database is not installed.
    """
    match address.kind:
        case "sqlite":
            return Database(address, _sqlite(address), asyncio.Lock())
        case "postgresql":
            return Database(address, _postgresql(address), nullcontext())
        case _:
            assert_never(address.kind)


def _sqlite(address: Address) -> AsyncEngine:
    engine = create_async_engine(
        address.url, hide_parameters=True, connect_args=_unless_in_url(_SQLITE_OPTIONS, address)
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("aoi_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(address: Address) -> AsyncEngine:
    try:
        return create_async_engine(
            address.url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=8,
            pool_timeout=_STATEMENT_SECONDS,
            connect_args=_unless_in_url(_POSTGRESQL_OPTIONS, address),
        )
    except ModuleNotFoundError as e:
        raise Misconfigured(
            "AOI_DATABASE_URL names PostgreSQL; install its driver with the extra postgres."
        ) from e


def _unless_in_url(options: dict[str, Any], address: Address) -> dict[str, Any]:
    """Defaults that the URL may overrule, as in `?timeout=1`."""
    return {name: value for name, value in options.items() if name not in address.url.query}
