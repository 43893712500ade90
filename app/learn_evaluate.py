"""Measuring a model on tasks in the lab, and `aoi learn evaluate`, which sets a candidate beside what serves."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator

from app.lab_pool import Job, all_runs
from app.results import EpochResult
from domain.evaluation import Evaluation, Scored, Tried
from domain.ports import Clock
from lab.suite import Suite, load_suite

Progress = Callable[[float, str], Awaitable[None]]


async def evaluate(
    model: str, suite: str, epochs: int, seed: int, clock: Clock, progress: Progress, workers: int = 0
) -> Evaluation:
    """Run every task of the suite `epochs` times with this model or adapter, which the servers have.

    Raises:
        BadInput: there is no such suite.
        Misconfigured: no model server is named.
    """
    chosen = load_suite(suite)
    started = time.monotonic()
    jobs = [
        Job(suite, task.id, "chat", seed + epoch, False, model=model)
        for task in chosen.tasks
        for epoch in range(epochs)
    ]
    done: dict[Job, EpochResult] = {}
    runs = all_runs(chosen, jobs, workers or os.cpu_count() or 1)
    while (found := await asyncio.to_thread(next, runs, None)) is not None:
        done[found[0]] = found[1]
        await progress(len(done) / len(jobs), f"{model}: {len(done)} of {len(jobs)} runs")
    return Evaluation(
        model=model,
        suite=chosen.name,
        seed=seed,
        at=clock.now(),
        seconds=time.monotonic() - started,
        tasks=tuple(_scored(chosen, jobs, done)),
    )


def _scored(suite: Suite, jobs: list[Job], done: dict[Job, EpochResult]) -> Iterator[Scored]:
    for task in suite.tasks:
        runs = tuple(tried(done[job]) for job in jobs if job.task == task.id)
        family = task.drillable.scenario.fault_family
        yield Scored(id=task.id, type=task.type.value, family=family, runs=runs)


def tried(run: EpochResult) -> Tried:
    """What counts of a run: a step that the playbook stood in for is none of the model's."""
    return Tried(
        success=run.success and not run.stand_ins,
        harmful=not run.harmless,
        replies=run.replies,
        unreadable=min(run.replies, run.asked_again + run.stand_ins),
        confidence=run.confidence,
    )
