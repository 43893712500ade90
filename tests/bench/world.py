"""The demo's cluster in a process of its own, so that it does not take the time of the one who measures."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import cast

from app.rbac import READER, WRITER, manifests, user_of
from lab.demo import DEFAULT_SCENARIO, bring_up


class World:
    """A live cluster with a shop in it, and the writer's deeds from its audit list."""

    def __init__(self) -> None:
        self._demo = bring_up(DEFAULT_SCENARIO)
        self._struck = False
        self._demo.cluster.apply(manifests())

    def kubeconfigs(self, folder: Path) -> dict[str, str]:
        """The bot's settings for its two identities, the files written into the folder."""
        cluster = self._demo.cluster
        return {
            "AOI_READER_KUBECONFIG": str(cluster.kubeconfig(user_of(READER), folder / "reader.yaml")),
            "AOI_WRITER_KUBECONFIG": str(cluster.kubeconfig(user_of(WRITER), folder / "writer.yaml")),
        }

    def question(self) -> str:
        """What an engineer asks in this incident."""
        return self._demo.question

    def strike(self) -> None:
        """Inject the fault: at first so that the clock catches up with the wall's, then again and again."""
        if not self._struck:
            self._demo.strike()
            self._struck = True
            return
        for operation in self._demo.scenario.fault:
            self._demo.stage.hands.perform(operation)

    def symptoms(self) -> tuple[str, ...]:
        """What customers feel now."""
        return self._demo.symptoms()

    def ahead(self) -> float:
        """Seconds by which the cluster's clock is ahead of the machine's."""
        return self._demo.cluster.clock.now() - time.time()

    def effects(self) -> list[float]:
        """When the writer changed something, in epoch seconds of the cluster's clock."""
        return [
            event.at
            for event in self._demo.cluster.audit
            if event.user == user_of(WRITER)
            and not event.dry_run
            and event.code < 300
            and "accessreviews" not in event.resource
        ]

    def stop(self) -> None:
        """Stop the cluster."""
        self._demo.stop()


class _Worlds(BaseManager):
    pass


_Worlds.register("World", World)


@contextmanager
def separate_world() -> Iterator[World]:
    """A world in another process while the context lasts."""
    with _Worlds(ctx=get_context("spawn")) as worlds:
        world = cast(World, worlds.World())  # type: ignore[attr-defined]  # made by `register`
        try:
            yield world
        finally:
            world.stop()
