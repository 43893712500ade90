"""A separate executor: the bot's process has no right to write, and says so when nobody acts for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from app.ambient import SystemClock
from app.checkup import examine
from app.parts import open_parts
from app.rbac import READER, WRITER, user_of
from app.serving import run_executor
from app.settings import Settings
from domain.errors import Misconfigured
from domain.incident import Status
from domain.ports import Clock
from tests.scenarios.scene import ONE_PATCH, QUESTION, SECONDS, Scene

BOT: dict[str, Any] = {"executor": "separate", "writer_kubeconfig": None}
QUESTIONS = {"selfsubjectaccessreviews.authorization.k8s.io"}

pytestmark = pytest.mark.usefixtures("ill")


@asynccontextmanager
async def executor(scene: Scene, clock: Clock | None = None) -> AsyncIterator[None]:
    """`aoi executor`, which knows the writer and no Slack; stopped as by Ctrl-C at the end."""
    settings: Settings = scene.settings(
        executor="separate", reader_kubeconfig=None, slack_bot_token=None, slack_app_token=None, health_port=0
    )
    running = asyncio.create_task(run_executor(settings, clock or scene.world.clock), name="executor")
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def writes_of(scene: Scene, identity: str) -> set[tuple[str, str, bool]]:
    """Whatever an identity asked for besides reading, dry runs included."""
    return {
        (event.verb, event.resource, event.dry_run)
        for event in scene.world.demo.cluster.audit[scene.world.counted :]
        if event.user == user_of(identity)
        and event.verb not in ("get", "list", "watch")
        and event.resource not in QUESTIONS
    }


async def test_the_bot_never_writes_and_tries_nothing(scene: Scene) -> None:
    """Not even the dry run is the bot's: by the cluster's own audit, the reader only reads."""
    async with executor(scene), scene.bot(**BOT) as parts:
        assert parts.writing is None
        thread = await scene.ada.mention(QUESTION)
        await scene.ben.click(await scene.said("Approve", thread), "Approve")
        assert (await scene.ended(thread)).incident.status is Status.RESOLVED
    assert scene.world.effects() == ONE_PATCH
    assert writes_of(scene, READER) == set()
    assert writes_of(scene, WRITER) == {("patch", "deployments.apps", dry) for dry in (True, False)}


async def test_without_an_executor_it_looks_says_so_and_goes_on_when_one_comes(scene: Scene) -> None:
    async with scene.bot(**BOT):
        thread = await scene.ada.mention(QUESTION)
        with scene.world.hurried():
            told = await scene.answer("I cannot act: no executor answers. Start `aoi executor`", thread)
        assert "What I would propose: Roll back" in told.words
        await scene.ada.wait_for(
            "the status card to say so, too",
            lambda m: "I cannot act" in m.words and "What I found" in m.words,
            SECONDS,
            thread,
        )
        assert writes_of(scene, READER) == set()
        async with executor(scene):
            card = await scene.said("Approve", thread)
            over = await scene.answer("This is over, I went on", thread)
            assert over.ts == told.ts, "the same card says so"
        await scene.ben.click(card, "Approve")
        with scene.world.hurried():
            await scene.answer("I cannot act: no executor takes what was approved", thread)
        assert scene.world.effects() == []
        async with executor(scene):
            assert (await scene.ended(thread)).incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH
        assert await scene.doubles() == {}


async def test_a_bot_that_is_given_the_writer_all_the_same_does_not_start(scene: Scene) -> None:
    given: dict[str, Any]
    for given in ({}, {"writer_kubeconfig": None, "writer_context": "admin"}):
        with pytest.raises(Misconfigured, match=r"AOI_WRITER_.* would give the writer to this process"):
            async with open_parts(scene.settings(executor="separate", **given)):
                pass


async def test_the_doctor_looks_at_each_process_where_it_runs(scene: Scene) -> None:
    """Neither has the other's credentials: the bot's checks ask the reader and the executor, never the writer."""
    bot = scene.settings(**BOT)
    async with executor(scene, SystemClock()):
        found = {check.name: check for check in await examine(bot)}
    assert [name for name, check in found.items() if not check.ok] == []
    assert {"reader cannot write", "no writer here", "executor"} <= found.keys()
    assert not any(name.startswith("writer") for name in found)
    alone = scene.settings(executor="separate", reader_kubeconfig=None, namespaces=("shop",))
    found = {check.name: check for check in await examine(alone, executor=True)}
    assert [name for name, check in found.items() if not check.ok] == []
    assert {"writer can act", "writer does no more"} <= found.keys()
    assert not any(name.startswith("reader") for name in found)
