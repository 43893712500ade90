"""Measuring a model on tasks in the lab, and `aoi learn evaluate`, which sets one beside what serves."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, nullcontext
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from app.adapters import on_trial
from app.ambient import SystemClock
from app.lab_policies import check_policy
from app.lab_pool import Job, all_runs
from app.learning import serving_of
from app.model import adapters_of
from app.output import save
from app.results import EpochResult
from app.settings import Settings, load_settings
from domain.base import Value
from domain.evaluation import Evaluation, Scored, Tried, Verdict
from domain.ports import Clock
from lab.suite import Suite, load_suite

Progress = Callable[[float, str], Awaitable[None]]


class Evaluated(Value):
    """The JSON of `aoi learn evaluate`."""

    found: Evaluation
    """Of the model that was named."""
    serving: Evaluation | None = None
    """Of what serves, on the same runs; `None` where that is the model that was named."""
    verdict: Verdict | None = None
    """By the gate; `None` where nothing was compared."""


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
    async with aclosing(_as_they_end(all_runs(chosen, jobs, workers or os.cpu_count() or 1))) as runs:
        async for job, result in runs:
            done[job] = result
            await progress(len(done) / len(jobs), f"{model}: {len(done)} of {len(jobs)} runs")
    return Evaluation(
        model=model,
        suite=chosen.name,
        seed=seed,
        at=clock.now(),
        seconds=time.monotonic() - started,
        tasks=tuple(_scored(chosen, jobs, done)),
    )


async def compared(model: str, suite: str, epochs: int, seed: int, json: Path | None) -> int:
    """Measure a model or adapter, and what serves beside it; print both and the gate's verdict.

    Raises:
        BadInput: there is no such adapter, or suite.
        Misconfigured: no model server is named.
        AdapterRefused: a server does not take it.
    """
    check_policy("chat")
    settings, console = load_settings(), Console()
    suite, epochs = suite or settings.gate_suite, epochs or settings.gate_epochs
    load_suite(suite)
    adapter = model if model != settings.model_name else None
    if adapter is not None:
        adapters_of(settings).roster().get(adapter)
    serving = serving_of(settings) or settings.model_name or ""
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Running", total=1.0)

        async def progress(share: float, words: str) -> None:
            bar.update(task, completed=share, description=words)

        before = None
        if serving != model:
            before = await evaluate(serving, suite, epochs, seed, SystemClock(), progress)
        async with on_trial(settings, adapter) if adapter else nullcontext():
            found = await evaluate(model, suite, epochs, seed, SystemClock(), progress)
    evaluated = _judged(settings, console, found, before)
    save(json, evaluated.model_dump_json(indent=2))
    return 0


def _judged(settings: Settings, console: Console, found: Evaluation, before: Evaluation | None) -> Evaluated:
    """Print the table, and what the gate says."""
    from learn.evaluation.compare import compare  # numpy takes a while
    from learn.evaluation.gate import GateRule, judge
    from learn.evaluation.report import rows

    comparison = compare(before or found, found)
    columns = ("", before.model, found.model) if before else ("", found.model)
    table = Table(*columns, box=None, pad_edge=False)
    for name, old, new in rows(comparison):
        table.add_row(*((name, old, new) if before else (name, new)))
    console.print(table, highlight=False, markup=False)
    if before is None:
        return Evaluated(found=found)
    verdict = judge(comparison, GateRule(margin=settings.gate_margin))
    for check in verdict.checks:
        console.print(f"{'yes' if check.passed else 'no'}: {check.words}", highlight=False, soft_wrap=True)
    return Evaluated(found=found, serving=before, verdict=verdict)


async def _as_they_end(
    runs: Generator[tuple[Job, EpochResult], None, None],
) -> AsyncGenerator[tuple[Job, EpochResult], None]:
    """The same beside the loop. Who leaves early waits for the runs under way, and no others begin."""
    following: asyncio.Future[tuple[Job, EpochResult] | None] | None = None
    try:
        while True:
            following = asyncio.ensure_future(asyncio.to_thread(next, runs, None))
            if (found := await asyncio.shield(following)) is None:
                return
            yield found
    finally:
        if following is not None:
            await asyncio.wait({following})
        await asyncio.to_thread(runs.close)


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
