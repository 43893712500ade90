"""A drill as an incident in Slack: its cluster serves, its time runs, and somebody asks AOI about it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from app.rbac import manifests
from domain.episodes import Replay
from domain.journal import Trajectory
from lab.drill import Drill
from lab.slack.engineer import Shown
from lab.slack.server import LocalSlack
from lab.suite import Task
from lab.telemetry.serving import TelemetryServer
from tests.scenarios.scene import Scene
from tests.scenarios.world import ClusterClock

SPEED = 20.0
"""How much faster than the wall its time runs."""
END, WRONG = "👍 Helped", "👎 Wrong"
VERDICT_SECONDS = 120.0
"""Wall time that a run may take; the machine may be busy."""


@dataclass(frozen=True)
class Demo:
    """The cluster of a drill, as the scene of a test looks at it."""

    drill: Drill
    telemetry: TelemetryServer

    @property
    def cluster(self) -> Any:
        return self.drill.cluster


@dataclass(frozen=True)
class DrillWorld:
    """`tests.scenarios.world.World` of a drill."""

    demo: Demo
    task: Task
    seed: int
    rename: bool

    @property
    def clock(self) -> ClusterClock:
        return ClusterClock(self.demo.cluster.clock)

    @property
    def replay(self) -> Replay:
        """Where it can be played again."""
        family = self.task.drillable.scenario.fault_family
        return Replay(suite="tribal", task=self.task.id, family=family, seed=self.seed, rename=self.rename)


@contextmanager
def drilled(task: Task, seed: int, rename: bool = False) -> Iterator[DrillWorld]:
    """The incident has happened; the cluster serves, and time runs."""
    names = random.Random(seed) if rename else None
    with Drill.prepare(task, seed, names) as drill, TelemetryServer(drill.stage.traffic) as telemetry:
        drill.cluster.apply(manifests())
        drill.cluster.clock.run(SPEED)
        drill.cluster.start()
        try:
            yield DrillWorld(Demo(drill, telemetry), task, seed, rename)
        finally:
            drill.cluster.clock.run(None)


def scene_of(world: DrillWorld, slack: LocalSlack, folder: Path, session: ClientSession) -> Scene:
    """People, the bot and its database before this cluster."""
    return Scene(world, slack, folder, session)  # type: ignore[arg-type]


def looking_at(world: DrillWorld) -> dict[str, Any]:
    """Settings by which the bot reads the drill's telemetry."""
    url = world.demo.telemetry.url
    return {"prometheus_url": url, "jaeger_url": url, "loki_url": url, "verify_every_seconds": 10}


async def asked(scene: Scene, world: DrillWorld) -> tuple[str, Shown]:
    """Somebody asks, and approves whatever is proposed; the thread, and the card that a thumb goes on."""
    drill = world.demo.drill
    thread = await scene.ada.mention(f"investigate {drill.question} -n {drill.namespace}")
    approved: set[str] = set()
    while True:
        shown = await scene.ada.wait_for(
            "a decision or the end",
            lambda m: END in m.buttons or ("Approve" in m.buttons and m.ts not in approved),
            VERDICT_SECONDS,
            thread,
        )
        run = await scene.run(thread)
        if run.incident.status.final:
            return thread, await scene.said(END, thread, VERDICT_SECONDS)
        if "Approve" in shown.buttons and shown.ts not in approved:
            approved.add(shown.ts)
            await scene.ben.click(shown, "Approve")


async def corrected(scene: Scene, card: Shown, thread: str, cause: str, helped: str) -> Trajectory:
    """👎, and what it was really, by the modal."""
    await scene.ada.click(card, WRONG)
    modal = await scene.ada.modal()
    answers = {"What was it really?": cause} | ({"What helped?": helped} if helped else {})
    assert await scene.ada.submit(modal, answers) == {}
    return await scene.until("the correction", lambda t: any(f.correction for f in t.feedback), thread)
