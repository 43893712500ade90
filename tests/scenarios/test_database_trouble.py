"""A database that is locked or read-only: people are told, and nothing is lost or done twice."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from app.ambient import SystemClock
from domain.incident import Status
from lab.slack.shim import Shim, Strictness, shim
from tests.scenarios.scene import ONE_PATCH, QUESTION, SECONDS, Scene

COPIES = 12
"""How often a lock comes in the way: enough for a run on a quick machine, and an end of it on a slow one."""

pytestmark = pytest.mark.usefixtures("ill")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the database's write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@asynccontextmanager
async def repeating(scene: Scene) -> AsyncIterator[Shim]:
    """Slack as it is: what is not acknowledged comes again."""
    strict = Strictness(posts_per_second=0, ack_seconds=0.5, redeliveries=30)
    async with shim(scene.slack, strict, SystemClock(), random.Random(7)) as gate:
        yield gate


def impatient(scene: Scene) -> str:
    """The database, with a short wait for locks."""
    return f"sqlite:///{scene.folder / 'aoi.db'}?timeout=0.1"


async def test_a_mention_during_a_lock_is_answered_when_it_is_gone(scene: Scene) -> None:
    """Not stored means not acknowledged, so Slack delivers again: one incident, opened once."""
    async with (
        repeating(scene) as gate,
        scene.bot(database_url=impatient(scene), slack_base_url=gate.api) as parts,
    ):
        with locked(scene.folder / "aoi.db"):
            asking = asyncio.create_task(scene.ada.mention(QUESTION))
            told = await scene.answer("is locked; close the other program", who=scene.ada)
            assert told.only_for == "U0ADA"
            assert "please say it again" in told.words
        thread = await asking
        await scene.said("Approve", thread)
        whispers = [m for m in await scene.ada.messages(thread) if m.only_for]
        assert len(whispers) == 1, "once, however often Slack delivers it"
        assert len(await parts.store.incidents.latest(10)) == 1
        assert gate.relay.lost == []
        assert await scene.doubles() == {}


async def test_a_click_during_a_lock_is_refused_and_counts_when_repeated(scene: Scene) -> None:
    async with scene.bot(database_url=impatient(scene)):
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        with locked(scene.folder / "aoi.db"):
            async with scene.unacknowledged(scene.ben.click(card, "Approve")):
                told = await scene.answer("Nothing was changed by your click", who=scene.ben)
                assert "is locked" in told.words
        assert not (await scene.run(thread)).rulings
        assert scene.world.effects() == []
        await scene.ben.click(card, "Approve")
        assert (await scene.ended(thread)).incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH
        assert await scene.doubles() == {}


async def test_people_are_told_of_an_outage_once_it_is_over(scene: Scene) -> None:
    """Nothing is done while the database is away; the thread says so as soon as there is a way to."""
    async with scene.bot(database_url=impatient(scene)):
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        with locked(scene.folder / "aoi.db"), scene.world.hurried():
            await scene.world.clock.sleep(60)
        told = await scene.answer("The database did not answer from", thread)
        assert "nothing was done meanwhile" in told.words
        assert scene.world.effects() == []
        await scene.ben.click(card, "Approve")
        assert (await scene.ended(thread)).incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH
        assert await scene.doubles() == {}


async def test_locks_at_every_moment_of_a_run_delay_it_and_change_nothing_else(scene: Scene) -> None:
    """Somebody copies the database again and again, from the mention to the verified repair."""
    async with repeating(scene) as gate, scene.bot(database_url=impatient(scene), slack_base_url=gate.api):
        done = asyncio.Event()

        async def copy_again_and_again() -> None:
            copies = 0
            while not done.is_set() and copies < COPIES:
                copies += 1
                with locked(scene.folder / "aoi.db"):
                    await asyncio.sleep(0.15)  # longer than the bot has patience
                await asyncio.sleep(0.45)

        copying = asyncio.create_task(copy_again_and_again())
        try:
            thread = await scene.ada.mention(QUESTION)
            card = await scene.said("Approve", thread, 3 * SECONDS)
            while "Approve" in (await scene.now(card, thread)).buttons:
                await scene.ben.click(card, "Approve")
                await asyncio.sleep(0.5)
            run = await scene.ended(thread)
        finally:
            done.set()
            await copying
        assert run.incident.status is Status.RESOLVED
        assert len(run.proposals) == 1
        assert scene.world.effects() == ONE_PATCH
        assert await scene.doubles() == {}


async def test_locked_checkpoints_delay_a_run_and_do_not_end_it(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot() as parts:
        assert isinstance(parts.checkpoints, AsyncSqliteSaver)
        await parts.checkpoints.conn.execute("PRAGMA busy_timeout = 50")
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        with locked(scene.folder / "checkpoints.db"):
            await scene.ben.click(card, "Approve")
            await scene.answer("*Approved* by <@U0BEN>", thread)
            async with asyncio.timeout(SECONDS):
                while "has to wait" not in caplog.text:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert "checkpoints cannot be read or written" in caplog.text
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH


async def test_a_read_only_database_is_said_to_be_so(scene: Scene) -> None:
    url = f"sqlite:///file:{scene.folder}/aoi.db?mode=ro&uri=true"
    async with scene.bot(database_url=url) as parts:
        async with scene.unacknowledged(scene.ada.mention(QUESTION)):
            told = await scene.answer("is read-only; give AOI's user the right to write it", who=scene.ada)
            assert told.only_for == "U0ADA"
        async with scene.unacknowledged(scene.ada.command("status")):
            await scene.answer("is read-only", who=scene.ada, after=told.ts)
        assert await parts.store.incidents.latest(10) == ()
        assert scene.world.effects() == []
