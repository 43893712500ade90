"""`aoi lab validate`: grade the graders of a suite, in a pool of processes."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from multiprocessing import get_context

from rich.console import Console
from rich.progress import track

from lab.grade import Grader, grade
from lab.suite import Suite, Task, load_suite
from lab.validate import Finding, Trial, validate_together


@dataclass(frozen=True)
class Job:
    """The tasks of one scenario in one world, in terms that travel to another process."""

    suite: str
    tasks: tuple[str, ...]
    seed: int
    rename: bool


def validate(suite: str, tasks: str, seeds: int, workers: int, rename: bool, grader: Grader = grade) -> int:
    """Try each grader in every way that must pass or fail; 1 when one judges wrongly.

    `workers` of 0 takes one per core. Raises BadInput for an unknown suite or task.
    """
    console, started = Console(), time.monotonic()
    chosen = load_suite(suite).matching(tasks)
    jobs = [Job(suite, ids, seed, rename) for seed in range(seeds) for ids in _scenarios(chosen)]
    kinds: Counter[Trial] = Counter()
    wrong = 0
    found = _all(jobs, workers or os.cpu_count() or 1, grader)
    for job, findings in track(found, "Validating", len(jobs), console=console, disable=not console.is_terminal):
        kinds.update(finding.kind for finding in findings)
        for finding in findings:
            if not finding.right:
                wrong += 1
                console.print(f"seed {job.seed}: {finding}", markup=False, highlight=False)
    seconds = time.monotonic() - started
    console.print(_told(len(chosen.tasks), seeds, kinds, wrong, seconds), highlight=False)
    return 1 if wrong else 0


def try_job(job: Job, grader: Grader) -> tuple[Finding, ...]:
    """One incident prepared once, and judged for each of its tasks."""
    tasks = _tasks(job.suite)
    return validate_together([tasks[each] for each in job.tasks], job.seed, job.rename, grader)


@cache
def _tasks(suite: str) -> dict[str, Task]:
    """Read once a process."""
    return {task.id: task for task in load_suite(suite).tasks}


def _scenarios(suite: Suite) -> Iterable[tuple[str, ...]]:
    """The ids of the tasks that share a scenario, which follow each other in a suite; by application."""
    together = [tuple(group) for _, group in groupby(suite.tasks, key=lambda task: task.drillable.scenario.name)]
    together.sort(key=lambda tasks: tasks[0].drillable.application.app.name)
    return [tuple(task.id for task in tasks) for tasks in together]


def _all(jobs: list[Job], workers: int, grader: Grader) -> Iterator[tuple[Job, tuple[Finding, ...]]]:
    judged = partial(try_job, grader=grader)
    if workers == 1:
        yield from ((job, judged(job)) for job in jobs)
        return
    # spawn: a forked child would share the parent's threads.
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        yield from zip(jobs, pool.map(judged, jobs), strict=True)


def _told(tasks: int, seeds: int, kinds: Counter[Trial], wrong: int, seconds: float) -> str:
    trials = ", ".join(f"{kind} {kinds[kind]:,}" for kind in Trial if kinds[kind])
    total = f"{kinds.total():,} trials over {tasks} tasks and {seeds} seeds"
    return f"{total} in {seconds:.0f} s ({trials}); {wrong} judged wrongly."
