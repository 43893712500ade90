"""Runs of tasks in processes of their own; what several runs have in common is prepared once and forked.

A settled application serves all its scenarios at one seed, and an incident all the ways of asking about it.
"""

import random
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from typing import Final

from app.lab_drill import answer, empty_database
from app.lab_lanes import Lanes, Taken
from app.lab_record import episode_of, findable
from app.results import EpochResult
from domain.episodes import Replay
from domain.lessons import Lesson
from graph.memory.words import load_words
from graph.policies.texts import load_texts
from lab import published
from lab.apart import apart
from lab.applications import Drillable
from lab.backstage import stage_for
from lab.drill import Drill
from lab.graders import STRICT, grader_of
from lab.rename import rename
from lab.stage import Stage
from lab.suite import Suite, Task, load_suite
from lab.telemetry.metrics import Metrics
from tools.redact.service import Redactor


@dataclass(frozen=True)
class Job:
    """One run of one task, in terms that travel to another process."""

    suite: str
    task: str
    policy: str
    seed: int
    rename: bool
    grader: str = STRICT
    model: str = ""
    """The model or adapter to ask; empty for the one of the settings."""
    keep: bool = False
    """Whether the result shall hold what a log of the run shows."""
    record: bool = False
    """Whether it shall hold the run as learning reads it."""
    lessons: tuple[Lesson, ...] = ()
    """What AOI has learned before."""


Bundle = tuple[Job, ...]
"""Jobs that share an incident."""
REHEARSED: Final = Job("basics", "bad-command", "playbook", seed=0, rename=False)
WORTH_REHEARSING: Final = 8
"""Incidents for each process from which on a rehearsal saves more than it costs."""


def all_runs(suite: Suite, jobs: Iterable[Job], workers: int) -> Generator[tuple[Job, EpochResult], None, None]:
    """Every job with its result, as they finish; closed early, it ends with the runs that are under way.

    Raises what a run raises.
    """
    # spawn: a forked worker would share the parent's event loops, threads and sockets.
    rows = stages(suite, jobs)
    lanes = Lanes(rows)
    first = rehearse if sum(map(len, rows)) >= WORTH_REHEARSING * workers else None
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=first) as pool:
        under_way: dict[Future[list[EpochResult]], Taken[Bundle]] = {}

        def begin(taken: Taken[Bundle] | None) -> None:
            if taken is not None:
                under_way[pool.submit(run_together, taken.work)] = taken

        # No more at a time than there are processes: what is begun next goes to the one that has just ended.
        for _ in range(workers):
            begin(lanes.take())
        while under_way:
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                ended = under_way.pop(future)
                begin(lanes.take(ended.row))
                yield from zip(ended.work, future.result(), strict=True)


def stages(suite: Suite, jobs: Iterable[Job]) -> list[list[Bundle]]:
    """The jobs that share an incident together, in a row those that share a stage; what is longest first."""
    drillables = {task.id: task.drillable for task in suite.tasks}
    incidents: dict[tuple[int, int], list[Job]] = defaultdict(list)
    for job in jobs:
        incidents[id(drillables[job.task]), job.seed].append(job)
    rows: dict[tuple[str, int], list[Bundle]] = defaultdict(list)
    for bundle in sorted(incidents.values(), key=len, reverse=True):
        rows[drillables[bundle[0].task].application.app.name, bundle[0].seed].append(tuple(bundle))
    return sorted(rows.values(), key=lambda row: sum(map(len, row)), reverse=True)


def bundles(suite: Suite, jobs: Iterable[Job]) -> list[Bundle]:
    """The same one after the other, for whoever has no use for the rows."""
    return [bundle for row in stages(suite, jobs) for bundle in row]


def run_together(jobs: Bundle) -> list[EpochResult]:
    """Run jobs that share an incident, each in a fork of it. Needs a process without threads.

    The results are those of `run_alone`.
    """
    tasks = [_task(job) for job in jobs]
    _warm_up()
    stage = stage_for(_named(tasks[0], jobs[0]), jobs[0].seed)
    return apart(lambda: _asked(stage, tasks, jobs))


def rehearse() -> None:
    """Run a small drill and forget it: what is made at first use is made before the forks, not in each of them.

    Needs a process that nothing else runs in; leaves it without threads.
    """
    _warm_up()
    run_alone(REHEARSED)


def run_alone(job: Job) -> EpochResult:
    """Prepare, ask, grade: one run, from a fresh cluster to the verdict."""
    started, task = time.monotonic(), _task(job)
    stage = Stage.set(_named(task, job), job.seed)
    return _result(Drill.on(stage, task.type), job, started)


def _asked(stage: Stage, tasks: list[Task], jobs: Bundle) -> list[EpochResult]:
    started = time.monotonic()
    drill = Drill.on(stage, tasks[0].type)
    metrics = Metrics(stage.traffic)
    metrics.catch_up()
    shared = (time.monotonic() - started) / len(tasks)

    def ask(task: Task, job: Job) -> EpochResult:
        return _result(drill.asking(task.type), job, time.monotonic() - shared, metrics)

    return [apart(partial(ask, task, job)) for task, job in zip(tasks, jobs, strict=True)]


def _result(drill: Drill, job: Job, started: float, metrics: Metrics | None = None) -> EpochResult:
    with drill:
        ran = answer(drill, job.policy, job.model, metrics, job.lessons)
        grade = drill.grade(ran.trajectory.diagnosis, grader_of(job.grader))
        other = drill.grade(ran.trajectory.diagnosis, published.grade) if job.keep else None
    return EpochResult(
        success=grade.success,
        steps=ran.steps,
        seconds=time.monotonic() - started,
        reasons=grade.reasons,
        tokens_in=ran.tokens_in,
        tokens_out=ran.tokens_out,
        longest_prompt=max((call.tokens_in for call in ran.calls), default=0),
        replies=len(ran.calls),
        confidence=ran.confidence,
        harmless=grade.harmless,
        finished=ran.trajectory.diagnosis is not None,
        asked_again=ran.asked_again,
        stand_ins=ran.stand_ins,
        trajectory=ran.trajectory if job.keep else None,
        published=other.reasons if other else None,
        episode=episode_of(drill, ran, _replay(drill, job)) if job.record else None,
    )


def _replay(drill: Drill, job: Job) -> Replay:
    family = drill.scenario.fault_family
    return Replay(suite=findable(job.suite), task=job.task, family=family, seed=job.seed, rename=job.rename)


@cache
def _warm_up() -> None:
    """What every run would work out anew after its fork."""
    empty_database()
    load_texts()
    load_words()
    Redactor()


def _task(job: Job) -> Task:
    return next(task for task in _loaded(job.suite).tasks if task.id == job.task)


@cache
def _loaded(suite: str) -> Suite:
    """Read once in a process: a suite takes longer to read than a drill."""
    return load_suite(suite)


def _named(task: Task, job: Job) -> Drillable:
    """The incident under its own names, or under others that follow from the seed."""
    if not job.rename:
        return task.drillable
    return rename(task.drillable, random.Random(job.seed))  # noqa: S311 - names, not secrets
