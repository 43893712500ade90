"""A cluster that refuses, hangs or is not there: one clear sentence in the thread, and nothing done."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.rbac import READER, user_of
from domain.incident import Status
from tests.scenarios.scene import QUESTION, Scene

pytestmark = pytest.mark.usefixtures("ill")


def kubeconfig(scene: Scene, name: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """The reader's kubeconfig with something wrong in it."""
    path = scene.world.demo.cluster.kubeconfig(user_of(READER), scene.folder / f"{name}.yaml")
    config = yaml.safe_load(path.read_text())
    change(config)
    path.write_text(yaml.safe_dump(config))
    return path


def server(url: str) -> Callable[[dict[str, Any]], None]:
    return lambda config: config["clusters"][0]["cluster"].update(server=url)


def credentials(token: str) -> Callable[[dict[str, Any]], None]:
    return lambda config: config["users"][0]["user"].update(token=token)


@asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """A server that accepts and never says a word."""
    silent = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    held = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"https://127.0.0.1:{held.sockets[0].getsockname()[1]}"
    finally:
        silent.set()
        held.close()


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"https://127.0.0.1:{probe.getsockname()[1]}"


async def handed_over(scene: Scene, reader: Path, words: str) -> None:
    """Ask in both ways; the answer names the trouble, and the thread takes questions still."""
    async with scene.bot(reader_kubeconfig=reader, cluster_timeout_seconds=0.4):
        thread = await scene.ada.mention(QUESTION)
        named = await scene.ben.mention("investigate checkout is down -n shop")
        with scene.world.hurried():
            for asked in (thread, named):
                end = await scene.answer(words, asked)
                report = await scene.said("👎 Wrong", asked)
                assert "Handed over to you" in report.words
                assert "I could not look at the cluster" in report.words
                assert end.only_for is None
                run = await scene.run(asked)
                assert run.incident.status is Status.HANDED_OVER
                assert not run.proposals
        await scene.ada.say("what did you find out?", thread)
        await scene.answer("Handed over: I could not look at the cluster. Could not", thread)
        assert scene.world.effects() == []
        assert await scene.doubles() == {}


async def test_a_cluster_that_does_not_know_us(scene: Scene) -> None:
    await handed_over(
        scene, kubeconfig(scene, "401", credentials("nobody")), "does not accept the credentials; renew them"
    )


async def test_a_cluster_that_forbids_everything(scene: Scene) -> None:
    token = scene.world.demo.cluster.token("system:serviceaccount:default:stranger")
    await handed_over(scene, kubeconfig(scene, "403", credentials(token)), "it is forbidden")


async def test_a_cluster_where_nobody_listens(scene: Scene) -> None:
    await handed_over(scene, kubeconfig(scene, "away", server(nobody())), "the API server cannot be reached")


async def test_a_cluster_that_hangs(scene: Scene) -> None:
    async with hanging() as url:
        await handed_over(scene, kubeconfig(scene, "hangs", server(url)), "the API server did not answer in time")


async def test_a_writer_without_rights_proposes_nothing(scene: Scene) -> None:
    """The diagnosis stands; that the repair cannot be done is said before anybody presses a button."""
    async with scene.bot(writer_kubeconfig=kubeconfig(scene, "weak", lambda _: None)):
        thread = await scene.ada.mention(QUESTION)
        end = await scene.said("👎 Wrong", thread)
        assert "The writer has no right to do this" in end.words
        assert "exit code 2" in end.words
        run = await scene.run(thread)
        assert not run.proposals
        assert scene.world.effects() == []
