"""A cluster for the session; a Slack and an empty database for each test."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from lab.slack.errors import LocalSlackMissing
from lab.slack.install import default_cache, install
from lab.slack.server import local_slack
from store.build import open_store
from tests.scenarios.scene import Scene
from tests.scenarios.world import World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    world = World.up()
    yield world
    world.demo.stop()


@pytest.fixture
def ill(world: World) -> None:
    """checkout crashes since its last release."""
    world.begin(ill=True)


@pytest.fixture
def well(world: World) -> None:
    """Nothing is wrong with the shop."""
    world.begin(ill=False)


@pytest.fixture(scope="session")
def binary() -> Path:
    try:
        return install(default_cache())
    except LocalSlackMissing as e:
        pytest.skip(str(e))


@pytest.fixture
async def scene(world: World, binary: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """The workspace; a test starts the bot itself, by `scene.bot()`."""
    async with local_slack(binary, tmp_path / "slack") as slack, aiohttp.ClientSession() as session:
        yield Scene(world, slack, tmp_path / "aoi", session)


@pytest.fixture(autouse=True)
async def _migrated(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    """A database that is migrated already: the migration has tests of its own."""
    (tmp_path / "aoi").mkdir()
    (tmp_path / "slack").mkdir()
    blank = tmp_path_factory.getbasetemp() / "blank.db"
    if not blank.exists():
        await (await open_store(f"sqlite:///{blank}")).close()
    shutil.copyfile(blank, tmp_path / "aoi" / "aoi.db")
