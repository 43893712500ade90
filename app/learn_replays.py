"""Replays for the judge: runs of the lab in a pool of processes, bounded in number and time."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from app.lab_pool import Job, run_together
from app.results import EpochResult
from domain.errors import BadInput
from domain.ports import Played, Trial
from lab.suite import load_suite

POLICY = "playbook"
"""Replays are by rules, so that they take a second or two, and the same verdict comes again."""


@dataclass
class PoolReplays:
    """`domain.ports.Replays` in processes of their own."""

    pool: Executor
    most: int
    """Replays in all."""
    until: float
    """No replay begins after this moment (`time.monotonic`)."""
    told: Callable[[int], None]
    """How many were played."""
    played: int = 0
    _suites: dict[str, frozenset[str]] = field(default_factory=dict)

    async def play(self, trial: Trial) -> Played | None:
        """One run by the strict grader; `None` where it cannot be played any more, or no time is left."""
        replay = trial.replay
        if (
            self.played >= self.most
            or time.monotonic() > self.until
            or replay.task not in self._tasks(replay.suite)
        ):
            return None
        self.played += 1
        job = Job(
            replay.suite, replay.task, POLICY, replay.seed, replay.rename, record=True, lessons=trial.lessons
        )
        loop = asyncio.get_running_loop()
        (result,) = await loop.run_in_executor(self.pool, run_together, (job,))
        self.told(self.played)
        return played_of(result)

    def _tasks(self, suite: str) -> frozenset[str]:
        """The tasks of a suite; none of one that is not there any more."""
        if suite not in self._suites:
            try:
                self._suites[suite] = frozenset(task.id for task in load_suite(suite).tasks)
            except BadInput:
                self._suites[suite] = frozenset()
        return self._suites[suite]


def played_of(result: EpochResult) -> Played | None:
    """What a run that was kept came to."""
    episode = result.episode
    if episode is None or episode.graded is None:
        return None
    return Played(graded=episode.graded, trajectory=episode.trajectory)


@contextmanager
def replaying(workers: int, most: int, seconds: float, told: Callable[[int], None]) -> Iterator[PoolReplays]:
    """A pool of so many processes, for so many replays and seconds."""
    # spawn: a forked worker would share the parent's event loops, threads and sockets.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield PoolReplays(pool, most, time.monotonic() + seconds, told)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
