"""Bringing a database to the shape of this version.

SQLite upgrades itself when it is opened; PostgreSQL is upgraded by one job, `aoi db upgrade`, because several
replicas start at once. Either way the whole upgrade is one transaction behind a lock.
"""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import assert_never

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import Session

from domain.errors import Misconfigured, StoreUnavailable
from store.engine import Database, connect
from store.urls import Address, parse

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x0A01
"""Key of the advisory lock that upgrades of one PostgreSQL database queue for; any constant will do."""


class Shape(StrEnum):
    """How a database compares with this version of AOI."""

    CURRENT = "current"
    BEHIND = "behind"
    """Empty, or made by an older version."""
    AHEAD = "ahead"
    """Made by a newer version, or by another program."""


async def upgrade(url: str) -> str:
    """Create or upgrade the tables; returns the revision the database is at now.

    Raises:
        Misconfigured: the URL is wrong, or a newer AOI made the database.
        StoreUnavailable: the database cannot be reached or written.
    """
    address = parse(url)
    make_folder(address)
    database = connect(address)
    try:
        return await upgrade_open(database)
    finally:
        await database.close()


def make_folder(address: Address) -> None:
    """Make the folder of a SQLite file. Raises StoreUnavailable."""
    if address.folder is None:
        return
    try:
        address.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise StoreUnavailable(
            f"The folder {address.folder} cannot be made; make it, or name another file in AOI_DATABASE_URL."
        ) from e


async def upgrade_open(database: Database) -> str:
    """`upgrade` for a database that is open."""
    return await database.write(lambda session: _upgrade(session.connection(), database.address.name))


async def shape(database: Database) -> Shape:
    """Compare the database with this version."""
    return await database.read(lambda session: _shape(session.connection()))


async def examine(url: str) -> Shape:
    """Whether the database answers, can be written, and has the right tables; changes nothing.

    Raises:
        Misconfigured: the URL is wrong.
        StoreUnavailable: the database cannot be reached or written.
    """
    database = connect(parse(url))
    try:
        found = await shape(database)
        if found is Shape.CURRENT:
            await database.write(_touch)
    finally:
        await database.close()
    return found


def require(found: Shape, name: str) -> None:
    """Refuse a database that has another shape.

    Raises:
        Misconfigured: the database is behind or ahead.
    """
    match found:
        case Shape.CURRENT:
            return
        case Shape.BEHIND:
            raise Misconfigured(f"The tables of {name} are behind; run aoi db upgrade.")
        case Shape.AHEAD:
            raise _ahead(name)
        case other:
            assert_never(other)


@cache
def head() -> str:
    """The revision of this version."""
    return _scripts().get_current_head() or ""


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings for AOI's scripts, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS))
    made.attributes["connection"] = connection
    return made


def _touch(session: Session) -> None:
    session.connection().execute(text("UPDATE alembic_version SET version_num = version_num"))
    session.rollback()


def _upgrade(connection: Connection, name: str) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    match _shape(connection):
        case Shape.AHEAD:
            raise _ahead(name)
        case Shape.BEHIND:
            command.upgrade(config(connection), "head")
        case Shape.CURRENT:
            pass
    return head()


def _shape(connection: Connection) -> Shape:
    at = MigrationContext.configure(connection).get_current_revision()
    if at == head():
        return Shape.CURRENT
    known = {script.revision for script in _scripts().walk_revisions()}
    return Shape.BEHIND if at is None or at in known else Shape.AHEAD


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def _ahead(name: str) -> Misconfigured:
    return Misconfigured(f"A newer AOI made the tables of {name}; run that version, or name another database.")
