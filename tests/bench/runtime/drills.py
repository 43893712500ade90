"""Tasks of the benchmark put to a reader, in a pool of processes."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.lab_pool import Job, all_runs
from app.results import EpochResult
from lab.reader.server import PERFECT, ReaderServer
from lab.scenario import TaskType
from lab.suite import Suite, Task, load_suite

SUITE = "aiopslab-86"
WAYS = (TaskType.MITIGATION, TaskType.ANALYSIS, TaskType.LOCALIZATION, TaskType.DETECTION)
"""Of asking about an incident; the first that it can be asked in and that was asked least is taken."""
WITHOUT_CEILING = 10**9
"""Tokens of an incident where all that is read shall be counted."""


@dataclass(frozen=True)
class Totals:
    """What became of the tasks with one reader."""

    reader: str
    tasks: int
    solved: int
    missed: tuple[str, ...]
    """Ids of the tasks that were not solved, each with the first reason."""
    harmed: int
    lost: int
    """Incidents that ended without an answer."""
    asked_again: int
    stand_ins: int
    shown: int
    """Tokens of all prompts."""
    once: int
    """Tokens of each task's longest prompt: a conversation repeats what it showed before."""
    seconds: float


def chosen(whole: bool) -> Suite:
    """The suite, or every incident of it once, the ways of asking in turn."""
    suite = load_suite(SUITE)
    if whole:
        return suite
    incidents: dict[int, list[Task]] = {}
    for task in suite.tasks:
        incidents.setdefault(id(task.drillable), []).append(task)
    asked = Counter[TaskType]()
    part: list[Task] = []
    for ways in incidents.values():
        task = min(ways, key=lambda task: (asked[task.type], WAYS.index(task.type)))
        asked[task.type] += 1
        part.append(task)
    return Suite(SUITE, tuple(part))


def measured(
    server: ReaderServer, suite: Suite, reader: str, policy: str, seeds: Sequence[int], tokens: int | None = None
) -> Totals:
    """Put every task to a reader under each seed; `tokens` is the ceiling of an incident, if not the usual one."""
    # The processes of the pool read the settings as any AOI does.
    wanted = {"AOI_MODEL_URL": server.url, "AOI_MODEL_NAME": reader}
    wanted |= {"AOI_BUDGET_TOKENS": str(tokens)} if tokens else {}
    jobs = [Job(SUITE, task.id, policy, seed, rename=False) for task in suite.tasks for seed in seeds]
    with patched(wanted):
        runs = sorted(all_runs(suite, jobs, os.cpu_count() or 1), key=lambda run: (run[0].task, run[0].seed))
    missed = tuple(f"{job.task}: {' '.join(result.reasons[:1])}" for job, result in runs if not result.success)
    return _totals(reader, [result for _, result in runs], missed)


def perfect_over_all(server: ReaderServer, seeds: Sequence[int] = (1,)) -> Totals:
    """All 86 tasks put to the perfect reader: what the runtime loses of what a good model would solve."""
    return measured(server, chosen(whole=True), PERFECT, "chat", seeds)


@contextmanager
def patched(wanted: Mapping[str, str]) -> Iterator[None]:
    """The environment with these settings, as long as the context lasts."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _totals(reader: str, results: Sequence[EpochResult], missed: tuple[str, ...]) -> Totals:
    return Totals(
        reader=reader,
        tasks=len(results),
        solved=sum(result.success for result in results),
        missed=missed,
        harmed=sum(not result.harmless for result in results),
        lost=sum(not result.finished for result in results),
        asked_again=sum(result.asked_again for result in results),
        stand_ins=sum(result.stand_ins for result in results),
        shown=sum(result.tokens_in for result in results),
        once=sum(result.longest_prompt for result in results),
        seconds=sum(result.seconds for result in results),
    )
