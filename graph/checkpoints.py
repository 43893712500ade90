"""Where LangGraph keeps its checkpoints: SQLite beside the store, or PostgreSQL with it.

Opened with `durability="sync"` in mind: a node's result is on disk before the next node starts.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from domain.errors import Misconfigured, StoreUnavailable

Checkpoints = BaseCheckpointSaver[Any]


def _troubles() -> tuple[type[Exception], ...]:
    """What the savers raise when their database cannot do its work for now."""
    try:
        from psycopg import OperationalError
    except ImportError:
        return (sqlite3.OperationalError,)
    return (sqlite3.OperationalError, OperationalError)


@contextmanager
def checkpoint_errors() -> Iterator[None]:
    """Turn the troubles of the savers into `StoreUnavailable`: they pass, and the run goes on."""
    try:
        yield
    except _troubles() as e:
        raise StoreUnavailable(f"The checkpoints cannot be read or written ({type(e).__name__}).") from e


@asynccontextmanager
async def open_checkpoints(url: str) -> AsyncIterator[Checkpoints]:
    """Open the saver for `sqlite:///PATH` or `postgresql://…`.

    Raises:
        Misconfigured: the URL names another kind of database, or the driver for it is not installed.
    """
    if url.startswith("sqlite:///"):
        async with AsyncSqliteSaver.from_conn_string(url.removeprefix("sqlite:///")) as saver:
            await saver.setup()
            yield saver
    elif url.startswith("postgresql://"):
        async with _postgres(url) as saver:
            yield saver
    else:
        kind = url.partition(":")[0]
        raise Misconfigured(f"Checkpoints go to sqlite:///PATH or postgresql://…, not to {kind!r}.")


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[Checkpoints]:
    """A pool that checks its connections: a single one never recovers after the server ends it."""
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg.rows import dict_row
        from psycopg_pool import AsyncConnectionPool
    except ImportError as error:
        raise Misconfigured("PostgreSQL needs the extra: pip install 'aoi[postgres]'.") from error
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        url, kwargs=options, open=False, check=AsyncConnectionPool.check_connection
    )
    async with pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        yield saver
