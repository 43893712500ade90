"""Runs of the warm-started model: the first ones, which are learned from, and those with and without lessons."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.lab_pool import Job, all_runs
from app.learn_evaluate import tried
from domain.base import Value
from domain.episodes import Episode
from domain.evaluation import Tried
from domain.lessons import Lesson
from lab.suite import Suite
from tests.bench.learning.served import BASE


class First(Value):
    """One of the runs that are learned from."""

    task: str
    tried: Tried
    episode: Episode


class Run(Value):
    """One of the runs that are measured."""

    arm: str
    task: str
    seed: int
    tried: Tried


def first_runs(suite: Suite, seeds: Sequence[int], kept: Path) -> list[First]:
    """Every task on each seed, on record."""
    if not kept.exists():
        jobs = [
            Job(suite.name, task.id, "chat", seed, False, model=BASE, record=True)
            for task in suite.tasks
            for seed in seeds
        ]
        found = [
            First(task=job.task, tried=tried(result), episode=result.episode)
            for job, result in all_runs(suite, jobs, workers())
            if result.episode is not None
        ]
        kept.write_text("".join(f"{one.model_dump_json()}\n" for one in found), encoding="utf-8")
    return [First.model_validate_json(line) for line in kept.read_text(encoding="utf-8").splitlines()]


def runs_of(
    suite: Suite, tasks: Sequence[str], seeds: Sequence[int], arms: Mapping[str, tuple[Lesson, ...]], kept: Path
) -> list[Run]:
    """Every task on each seed with the lessons of each arm, under other names; each run is kept when it ends.

    All arms meet the same incidents, which are prepared once.
    """
    done = _read(kept)
    known = {(run.arm, run.task, run.seed) for run in done}
    jobs = {
        Job(suite.name, task, "chat", seed, True, model=BASE, lessons=lessons): arm
        for task in tasks
        for seed in seeds
        for arm, lessons in arms.items()
        if (arm, task, seed) not in known
    }
    with kept.open("a", encoding="utf-8") as file:
        for count, (job, result) in enumerate(all_runs(suite, jobs, workers()), 1):
            run = Run(arm=jobs[job], task=job.task, seed=job.seed, tried=tried(result))
            file.write(f"{run.model_dump_json()}\n")
            file.flush()
            done.append(run)
            if count % 20 == 0:
                print(f"{count} of {len(jobs)} runs", flush=True)
    return done


def workers() -> int:
    """A run waits for the model half of its time."""
    return 2 * (os.cpu_count() or 1)


def _read(kept: Path) -> list[Run]:
    if not kept.exists():
        return []
    return [Run.model_validate_json(line) for line in kept.read_text(encoding="utf-8").splitlines()]
