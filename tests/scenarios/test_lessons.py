"""A failure becomes a lesson, and the next incident under other names goes by it: all of it through Slack."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from app.ambient import RandomIds
from app.lab_pool import Job, run_together
from app.learn_replays import played_of
from app.parts import Parts
from domain.episodes import Episode
from domain.ports import Played, Trial
from lab.apart import apart
from lab.slack.server import local_slack
from lab.suite import load_suite
from learn.evolver.judge import Bounds, Judge
from learn.evolver.rubric import by_words
from learn.evolver.service import Evolver, Limits, Round
from tests.scenarios.drills import asked, corrected, drilled, looking_at, scene_of

TASK = load_suite("tribal").matching("lease-held").tasks[0]


@dataclass
class Here:
    """`domain.ports.Replays` in forks of this process: quicker than a pool, for two of them."""

    trials: list[Trial] = field(default_factory=list)

    async def play(self, trial: Trial) -> Played | None:
        self.trials.append(trial)
        replay = trial.replay
        job = Job(
            replay.suite, replay.task, "playbook", replay.seed, replay.rename, record=True, lessons=trial.lessons
        )
        (result,) = await asyncio.to_thread(apart, partial(run_together, (job,)))
        return played_of(result)


async def evolved(parts: Parts, lab: Here) -> tuple[Round, tuple[Episode, ...]]:
    """What `aoi learn evolve` does, on the bot's own database."""
    store = parts.store
    judge = Judge(lab, by_words, Bounds(seeds=2, regressions=0))
    evolver = Evolver(store.lessons, store.audit, judge, parts.clock, RandomIds(), limits=Limits(alternatives=0))
    episodes = await store.episodes.since()
    return await evolver.round(episodes, lambda *_: None), episodes


@pytest.mark.timeout(180)
async def test_from_a_thumb_down_to_the_next_incident_under_other_names(binary: Path, tmp_path: Path) -> None:
    lab = Here()
    async with local_slack(binary, tmp_path / "slack") as slack, aiohttp.ClientSession() as session:
        with drilled(TASK, seed=0) as world:
            scene = scene_of(world, slack, tmp_path / "aoi", session)
            async with scene.bot(**looking_at(world)) as parts:
                thread, card = await asked(scene, world)
                run = await corrected(
                    scene, card, thread, "The archiver hung while it held the lease.", "restarting archiver"
                )
                assert run.diagnosis is not None
                assert str(run.diagnosis.components[0]) == "Deployment depot/billing"
                await parts.store.episodes.link(run.incident.id, world.replay)
                found, _ = await evolved(parts, lab)
        (learned,) = found.learned
        assert learned.lesson, learned
        assert all(trial.replay.rename for trial in lab.trials)
        with drilled(TASK, seed=7, rename=True) as world:
            scene = scene_of(world, slack, tmp_path / "aoi", session)
            async with scene.bot(**looking_at(world)):
                thread, card = await asked(scene, world)
                run = await scene.run(thread)
                assert world.demo.drill.grade(run.diagnosis).success
                status = await scene.answer("By a lesson from", thread)
                assert "hung while it held the lease" in status.words
                assert f"<@{scene.ada.user}>" in status.words
                before = await scene.ada.mention("lessons")
                listed = await scene.answer("Lessons, newest first", before)
                assert learned.lesson in listed.words
                assert "2 of 2 replays, then helped in 1 of 1 incidents" in listed.words
                assert {"Edit", "Retire"} <= listed.buttons.keys()
                await scene.ada.say(f"<@{slack.bot_user}> lessons retire {learned.lesson}", before)
                await scene.answer(f"Retired `{learned.lesson}`", before)
