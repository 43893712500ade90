"""The worker of a retrain: a process that a wish in the database starts, and that outlives the bot."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from app.ambient import LocalBell
from app.crew import WORK, Crew
from bot.names import RETRAINS
from domain.retrain import Outcome, Retrain, Stage
from store.build import Store, open_store
from tests.app.test_training import python
from tests.learn.export.data import lab_run, repaired
from tests.learn.retrain.shop import wish

pytestmark = pytest.mark.usefixtures("clean")

BOT = """
import asyncio, sys
from pathlib import Path
from app.ambient import LocalBell
from app.crew import Crew
from store.build import open_store

async def main():
    folder = Path(sys.argv[1])
    store = await open_store(f"sqlite:///{folder}/aoi.db")
    command = ("sh", "-c", f"echo $$ > {folder}/pid.new; mv {folder}/pid.new {folder}/pid; exec sleep 600")
    crew = asyncio.create_task(Crew(store.retrains, LocalBell(), folder, command).run())
    while not (folder / "pid").exists():
        await asyncio.sleep(0.01)
    crew.cancel()
    await asyncio.wait({crew})
    await store.close()

asyncio.run(main())
"""
"""A bot that stops as soon as its worker has begun."""


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """The database of an AOI that could train, and has nothing to learn from."""
    told = {"DATA_DIR": tmp_path, "RETRAIN_PROFILE": "tiny", "MODEL_URL": "http://127.0.0.1:9/v1"}
    for name, value in {**told, "MODEL_NAME": "tiny", "MODEL_PATH": tmp_path}.items():
        monkeypatch.setenv(f"AOI_{name}", str(value))
    opened = await open_store(f"sqlite:///{tmp_path}/aoi.db")
    yield opened
    await opened.close()


@asynccontextmanager
async def at_work(crew: Crew) -> AsyncIterator[None]:
    running = asyncio.create_task(crew.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})
        if crew.worker is not None:
            await asyncio.to_thread(crew.worker.wait)


async def ended(store: Store) -> Retrain:
    async with asyncio.timeout(60):
        while (now := await store.retrains.get("ret-1")) is None or now.running:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return now


async def test_a_wish_in_the_database_gets_a_worker_that_brings_it_to_its_end(
    store: Store, tmp_path: Path
) -> None:
    bell = LocalBell()
    async with at_work(Crew(store.retrains, bell, tmp_path / "retrain")):
        await store.retrains.ask(wish())
        bell.ring(RETRAINS)
        done = await ended(store)
    assert (done.outcome, done.why) == (Outcome.NOTHING, "There is nothing new to learn from.")


async def test_a_second_worker_leaves_at_once(store: Store) -> None:
    wanted = await store.retrains.ask(wish())
    await store.retrains.take("elsewhere/1", wanted.at.replace(year=2999), 60)
    second = await asyncio.create_subprocess_exec(*WORK, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(second.communicate(), 60)
    assert (second.returncode, said.decode()) == (0, "No retrain waits for a worker.\n")
    now = await store.retrains.get("ret-1")
    assert now == wanted, "nobody touched it"


async def test_a_worker_goes_on_when_the_bot_stops(store: Store, tmp_path: Path) -> None:
    await store.retrains.ask(wish())
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, str(tmp_path))
    assert await asyncio.wait_for(bot.wait(), 60) == 0
    worker = psutil.Process(int((tmp_path / "pid").read_text()))
    try:
        assert worker.is_running()
        assert worker.status() != psutil.STATUS_ZOMBIE
    finally:
        with suppress(psutil.NoSuchProcess):
            worker.kill()


async def test_a_worker_that_shall_end_leaves_no_training_behind(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    training = python(tmp_path, f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600")
    monkeypatch.setenv("AOI_TRAIN_PYTHON", str(training))
    await store.episodes.keep(lab_run(await repaired()))
    await store.retrains.ask(wish())
    worker = await asyncio.create_subprocess_exec(*WORK, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        while not pid.exists():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    worker.terminate()
    _, said = await asyncio.wait_for(worker.communicate(), 60)
    assert (worker.returncode, said.decode()) == (
        1, "Stopped; what is done is kept, and `aoi learn work` goes on from there.\n",
    )  # fmt: skip
    assert not psutil.pid_exists(int(pid.read_text()))
    left = await store.retrains.get("ret-1")
    assert left is not None
    assert (left.running, left.stage) == (True, Stage.TRAINING)


async def test_a_worker_that_fails_is_told_of_and_followed_by_another(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    started, bell = tmp_path / "started", LocalBell()
    crew = Crew(store.retrains, bell, tmp_path / "retrain", ("sh", "-c", f"echo . >> {started}; exit 3"))
    await store.retrains.ask(wish())
    async with at_work(crew), asyncio.timeout(60):
        while not started.exists() or len(started.read_text().split()) < 2:
            bell.ring(RETRAINS)
            await asyncio.sleep(0.01)
    assert "A worker ended with status 3" in caplog.text
