"""Migrations make the tables that the code declares, once, whoever starts first."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from domain.errors import Misconfigured
from store.build import open_store
from store.engine import connect
from store.migrate import Shape, head, shape, upgrade
from store.tables import Row
from store.urls import parse
from store.words import compared
from tests.contract.store.postgres import Postgres
from tests.contract.store.values import incident, opened


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": compared})
    return list(compare_metadata(context, Row.metadata))


async def test_the_scripts_make_what_the_tables_declare(url: str) -> None:
    database = connect(parse(url))
    assert await database.read(lambda session: _differences(session.connection())) == []
    await database.close()


async def test_upgrading_again_changes_nothing(url: str) -> None:
    store = await open_store(url)
    await opened(store)
    assert await upgrade(url) == head()
    assert await store.incidents.get("inc-1") == incident()
    await store.close()


async def test_sqlite_is_made_with_its_folder_when_opened(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/a/b/aoi.db")
    assert await opened(store) == incident()
    await store.close()


def _open(url: str) -> None:
    async def run() -> None:
        await (await open_store(url)).close()

    asyncio.run(run())


async def test_replicas_that_open_a_new_sqlite_at_once_all_succeed(tmp_path: Path) -> None:
    """Threads, each with a loop and connections of its own, stand for processes."""
    url = f"sqlite:///{tmp_path}/aoi.db"
    await asyncio.gather(*(asyncio.to_thread(_open, url) for _ in range(6)))


async def test_postgresql_that_is_behind_asks_for_the_upgrade(server: Postgres) -> None:
    url = server.make("behind")
    with pytest.raises(Misconfigured, match=r"database behind on .* are behind; run aoi db upgrade\.$"):
        await open_store(url)
    assert await asyncio.gather(*(upgrade(url) for _ in range(3))) == [head()] * 3
    await (await open_store(url)).close()


async def test_tables_of_a_newer_version_are_left_alone(url: str, tmp_path: Path, server: Postgres) -> None:
    newer = url if url.startswith("sqlite") else server.make("newer", template="aoi")
    database = connect(parse(newer))
    change = text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda session: session.connection().execute(change))
    assert await shape(database) is Shape.AHEAD
    await database.close()
    for attempt in (open_store, upgrade):
        with pytest.raises(Misconfigured, match="A newer AOI made the tables"):
            await attempt(newer)


async def test_sqlite_is_set_up_for_safety(tmp_path: Path) -> None:
    database = connect(parse(f"sqlite:///{tmp_path}/aoi.db"))
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    asked = await database.read(
        lambda session: [session.connection().execute(text(f"PRAGMA {name}")).scalar() for name in names]
    )
    await database.close()
    assert asked == ["wal", 2, 1, 5000]
