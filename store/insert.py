"""INSERT ... ON CONFLICT, which both databases have and SQLAlchemy keeps per dialect."""

from typing import Any, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


def insert(session: AsyncSession, table: type[SQLModel]) -> postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(postgresql.Insert, sqlite.insert(table))
    return postgresql.insert(table)


async def inserted(session: AsyncSession, statement: postgresql.Insert, column: Mapped[Any]) -> bool:
    """Run it; whether a row was written. An INSERT's `rowcount` does not tell on PostgreSQL."""
    return (await session.exec(statement.returning(column))).scalar_one_or_none() is not None
