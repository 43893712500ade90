"""Ringing the bells of other processes: PostgreSQL carries a topic to who listens; with SQLite they poll."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import func
from sqlmodel import Session, select

from store.urls import Address, parse

CHANNEL = "aoi"
AGAIN_SECONDS = 5.0
"""Between two attempts to listen; meanwhile everybody polls."""

log = logging.getLogger(__name__)


def notify(session: Session, topic: str) -> None:
    """Ring for a topic everywhere, once this transaction is committed."""
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_notify(CHANNEL, topic)))


@asynccontextmanager
async def listening(url: str, ring: Callable[[str], None]) -> AsyncIterator[None]:
    """Call `ring` with each topic that any process rings for, while the context lasts.

    A topic that is missed while the connection is away is not repeated: loops poll as well. So they do behind a
    pooler that keeps no sessions.
    """
    address = parse(url)
    if address.kind != "postgresql":
        yield
        return
    task = asyncio.create_task(_listen(address, ring), name="listen")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(address: Address, ring: Callable[[str], None]) -> None:
    from psycopg import AsyncConnection, Error

    plain = address.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await AsyncConnection.connect(plain, autocommit=True, connect_timeout=5) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for told in connection.notifies():
                    ring(told.payload)
        except (Error, OSError) as error:
            log.warning("Not listening to %s, but polling (%s).", address.name, type(error).__name__)
        await asyncio.sleep(AGAIN_SECONDS)
