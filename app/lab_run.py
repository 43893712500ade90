"""`aoi lab run`: a suite through the whole product, graded, in a pool of processes."""

import json
import os
import time
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.lab_lessons import in_force
from app.lab_policies import REACT, check_policy
from app.lab_pool import Job, all_runs
from app.lab_record import recording
from app.output import save
from app.results import EpochResult, SuiteResult, TaskResult
from domain.errors import BadInput
from lab.graders import STRICT, grader_of
from lab.suite import Suite, load_suite


def run(
    suite: str,
    policy: str,
    tasks: str,
    epochs: int,
    workers: int,
    seed: int,
    rename: bool,
    out: Path | None,
    log_dir: Path | None = None,
    grader: str = STRICT,
    record: bool = False,
    lessons: bool = False,
) -> int:
    """Run, print a table and write the JSON, and into `log_dir` a log for `inspect view`.

    With `record` every run is kept for learning, in the database of the settings; with `lessons` those in force
    there guide the runs.

    Raises:
        BadInput: there is no such suite, task, policy or grader, or they do not go together.
        Misconfigured: the policy lacks its model or its tool, or the database is not as it should be.
        StoreUnavailable: the database cannot be used.
    """
    _check(policy, grader, log_dir, record)
    chosen = load_suite(suite).matching(tasks)
    console = Console()
    started = time.monotonic()
    keeping, taught = log_dir is not None, in_force() if lessons else ()
    jobs = [
        Job(suite, task.id, policy, seed + epoch, rename, grader, keep=keeping, record=record, lessons=taught)
        for task in chosen.tasks
        for epoch in range(epochs)
    ]
    epochs_of: dict[Job, EpochResult] = {}
    with (
        recording() if record else nullcontext() as keep,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        bar = progress.add_task("Running", total=len(jobs))
        for job, graded in all_runs(chosen, jobs, workers or os.cpu_count() or 1):
            if keep is not None and graded.episode is not None:
                keep(graded.episode)
            epochs_of[job] = graded.model_copy(update={"episode": None})
            progress.advance(bar)
    result = _gathered(chosen, policy, seed, jobs, epochs_of, time.monotonic() - started)
    _print(console, result, grader)
    if record:
        console.print(f"Runs kept: {len(jobs)}; `aoi learn status` tells what is there to learn from.")
    save(out, json.dumps(result.contract(), indent=2))
    if log_dir is not None:
        from app.inspect.logs import write_log  # seconds to import, for few runs

        write_log(chosen, suite, policy, epochs, seed, rename, epochs_of, log_dir)
    return 0


def _check(policy: str, grader: str, log_dir: Path | None, record: bool) -> None:
    if record and policy == REACT:
        raise BadInput(f"The policy {REACT} is no Observer, and its runs teach it nothing; leave --record out.")
    check_policy(policy)
    grader_of(grader)
    if log_dir is not None and grader != STRICT:
        raise BadInput("A log shows the verdicts of both graders; leave --grader or --log-dir out.")


def _gathered(
    suite: Suite, policy: str, seed: int, jobs: list[Job], results: dict[Job, EpochResult], seconds: float
) -> SuiteResult:
    tasks = tuple(
        TaskResult(
            id=task.id,
            type=task.type.value,
            fault=task.drillable.scenario.fault_family,
            app=task.drillable.application.app.name,
            epochs=tuple(results[job] for job in jobs if job.task == task.id),
        )
        for task in suite.tasks
    )
    return SuiteResult(suite=suite.name, policy=policy, seed=seed, seconds=seconds, tasks=tasks)


def _print(console: Console, result: SuiteResult, grader: str) -> None:
    table = Table("task", "type", "solved", "why not", box=None, pad_edge=False)
    for task in result.tasks:
        solved = sum(epoch.success for epoch in task.epochs)
        why = next((epoch.reasons[0] for epoch in task.epochs if epoch.reasons), "")
        table.add_row(task.id, task.type, f"{solved}/{len(task.epochs)}", why)
    console.print(table)
    summary = result.contract()["summary"]
    console.print(
        f"{result.suite}, {result.policy}, {grader} grader, {result.epochs} epochs, seed {result.seed}: "
        f"best@k {summary['best_at_k']:.1%}, avg@k {summary['avg_at_k']:.1%}, "
        f"std {summary['std']:.3f}, {result.seconds:.1f} s.",
        highlight=False,
    )
