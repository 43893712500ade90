"""Reading and writing: a unit of work is a plain function of a session, run in one transaction.

The same function serves both databases. SQLite runs it in a thread of its own, in one go: an asyncio driver hops
between threads for each cursor, statement and fetch, which costs more than the work, and a caller that was
cancelled between two hops could leave the write lock held for ever. PostgreSQL runs it on the event loop, where
SQLAlchemy turns each statement into an await.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar, assert_never

from sqlmodel import Session

from store.postgresql import PostgresqlDatabase
from store.sqlite import SqliteDatabase
from store.urls import Address

T = TypeVar("T")


class Database(Protocol):
    """An open database."""

    @property
    def address(self) -> Address:
        """Which one."""

    async def read(self, work: Callable[[Session], T]) -> T:
        """Look; each statement sees what was committed when it began. Raises `StoreUnavailable`."""

    async def write(self, work: Callable[[Session], T]) -> T:
        """Change: committed when it returns, undone when `work` raises. Raises `StoreUnavailable`.

        When the caller is cancelled meanwhile, the work is done as a whole or not at all.
        """

    async def close(self) -> None:
        """Give the connections back."""


def connect(address: Address) -> Database:
    """Prepare the connections; none is made yet.

    Raises:
        Misconfigured: the driver of the database is not installed.
    """
    match address.kind:
        case "sqlite":
            return SqliteDatabase.at(address)
        case "postgresql":
            return PostgresqlDatabase.at(address)
        case _:
            assert_never(address.kind)
