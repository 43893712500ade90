"""INSERT ... ON CONFLICT, which both databases have and SQLAlchemy keeps per dialect."""

from typing import Any, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel


def insert(session: Session, table: type[SQLModel]) -> postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(postgresql.Insert, sqlite.insert(table))
    return postgresql.insert(table)


def inserted(session: Session, statement: postgresql.Insert, column: Mapped[Any]) -> bool:
    """Run it; whether a row was written. An INSERT's `rowcount` does not tell on PostgreSQL."""
    return session.exec(statement.returning(column)).scalar_one_or_none() is not None
