"""Each drill as an incident in Slack, and what a person of the team says about it afterwards."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from aiohttp import ClientSession

from domain.base import Value
from lab.slack.install import default_cache, install
from lab.slack.server import local_slack
from lab.suite import Suite
from tests.scenarios.drills import asked, corrected, drilled, looking_at, scene_of

CORRECTIONS = Path(__file__).with_name("corrections.yaml")
SEED = 1
"""Of the incidents, under the names that the corrections use."""


class Words(Value):
    """What somebody writes into the modal."""

    cause: str
    helped: str = ""


@dataclass(frozen=True)
class Lived:
    """An incident that was asked about and corrected."""

    task: str
    incident: str
    solved: bool
    seconds: float


def load_corrections() -> Mapping[str, Words]:
    """By drill."""
    told = yaml.safe_load(CORRECTIONS.read_text(encoding="utf-8"))
    return {name: Words.model_validate(words) for name, words in told.items()}


async def live_through(suite: Suite, folder: Path) -> list[Lived]:
    """Ask about each drill in Slack, approve what is proposed, and correct the answer; one database for all.

    The incidents are linked to their tasks, as `aoi lab capture --incident` links one to its capture.
    """
    words, lived = load_corrections(), []
    binary = install(default_cache())
    async with local_slack(binary, folder / "slack") as slack, ClientSession() as session:
        for task in suite.tasks:
            started = time.monotonic()
            with drilled(task, SEED) as world:
                scene = scene_of(world, slack, folder / "aoi", session)
                async with scene.bot(**looking_at(world)) as parts:
                    thread, card = await asked(scene, world)
                    said = words[task.id]
                    run = await corrected(scene, card, thread, said.cause, said.helped)
                    await parts.store.episodes.link(run.incident.id, world.replay)
                solved = world.demo.drill.grade(run.diagnosis).success
            lived.append(Lived(task.id, run.incident.id, solved, time.monotonic() - started))
    return lived
