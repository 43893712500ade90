"""One run of one task, with all that a log of it wants to show."""

import asyncio
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from app.lab_drill import answer
from domain.journal import Trajectory
from lab import published
from lab.drill import Drill
from lab.grade import Grade
from lab.suite import load_suite


@dataclass(frozen=True)
class Drilled:
    """A finished run: what was done, and both verdicts on it."""

    trajectory: Trajectory
    strict: Grade
    published: Grade
    """By AIOpsLab's own rules where the task is one of its; see `lab/published.py`."""
    seconds: float
    """Wall time, from a fresh cluster to the verdict."""


@dataclass(frozen=True)
class Ask:
    """One run to be done, in terms that travel to another process."""

    suite: str
    task: str
    policy: str
    seed: int
    rename: bool


def drilled(ask: Ask) -> Drilled:
    """Prepare, ask, grade. Raises BadInput for an unknown suite or task."""
    started = time.monotonic()
    task = next(task for task in load_suite(ask.suite).tasks if task.id == ask.task)
    renamed = random.Random(ask.seed) if ask.rename else None  # noqa: S311 - names, not secrets
    with Drill.prepare(task, ask.seed, renamed) as drill:
        trajectory = answer(drill, ask.policy).trajectory
        strict = drill.grade(trajectory.diagnosis)
        return Drilled(
            trajectory, strict, drill.grade(trajectory.diagnosis, published.grade), time.monotonic() - started
        )


class Pool:
    """Runs in processes of their own: worlds are CPU work, and Inspect has one event loop for all samples."""

    def __init__(self, workers: int) -> None:
        """Nothing starts before the first run."""
        # spawn: a forked child would share the parent's event loops, threads and sockets.
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))

    async def __call__(self, ask: Ask) -> Drilled:
        """One run. Raises what `drilled` raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, drilled, ask)
