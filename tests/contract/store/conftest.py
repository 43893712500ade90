"""Each test runs twice: on a SQLite file, and on PostgreSQL.

Nothing is faked but the time, which is an argument everywhere.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.build import Store, open_store
from store.migrate import upgrade
from tests.contract.store.postgres import Postgres, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        asyncio.run(upgrade(running.make("aoi")))
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "aoi.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with all tables and no rows."""
    if request.param == "postgresql":
        running: Postgres = request.getfixturevalue("server")
        running.empty("aoi")
        return running.url("aoi")
    path = tmp_path / "aoi.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await open_store(url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[Store]:
    """The same database as another replica sees it."""
    opened = await open_store(url)
    yield opened
    await opened.close()
