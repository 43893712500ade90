"""A fresh database for each test, migrated once."""

import asyncio
import shutil
from pathlib import Path

import pytest

from store.build import open_store


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated database file."""
    path = tmp_path_factory.mktemp("blank") / "aoi.db"

    async def migrate() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def folder(blank: Path, tmp_path: Path) -> Path:
    """A folder with an empty `aoi.db`."""
    shutil.copyfile(blank, tmp_path / "aoi.db")
    return tmp_path
