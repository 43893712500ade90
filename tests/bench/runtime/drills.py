"""Tasks of the benchmark put to a reader, in a pool of processes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.lab_pool import Job, all_runs
from app.results import EpochResult
from lab.reader.server import PERFECT, ReaderServer
from lab.suite import Suite, load_suite

SUITE = "aiopslab-86"
PART = (
    "k8s_target_port-misconfig-*-2", "assign_to_non_existent_node_*", "misconfig_app_hotel_res-mit*",
    "scale_pod_zero_social_net-mit*", "auth_miss_mongodb-mit*", "noop_detection_social_network-1",
)  # fmt: skip
"""Four ways of asking twice, repairs of five kinds, and a task where nothing is wrong."""


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
    """The suite, or the part of it that is measured in minutes."""
    suite = load_suite(SUITE)
    if whole:
        return suite
    return Suite(SUITE, tuple(t for t in suite.tasks if any(fnmatchcase(t.id, glob) for glob in PART)))


def measured(server: ReaderServer, suite: Suite, reader: str, policy: str, seeds: Sequence[int]) -> Totals:
    """Put every task to a reader under each seed."""
    # The processes of the pool read the settings as any AOI does.
    os.environ |= {"AOI_MODEL_URL": server.url, "AOI_MODEL_NAME": reader}
    jobs = [Job(SUITE, task.id, policy, seed, rename=False) for task in suite.tasks for seed in seeds]
    runs = sorted(all_runs(suite, jobs, os.cpu_count() or 1), key=lambda run: (run[0].task, run[0].seed))
    missed = tuple(f"{job.task}: {' '.join(result.reasons[:1])}" for job, result in runs if not result.success)
    return _totals(reader, [result for _, result in runs], missed)


def perfect_over_all(server: ReaderServer, seeds: Sequence[int] = (1,)) -> Totals:
    """All 86 tasks put to the perfect reader: what the runtime loses of what a good model would solve."""
    return measured(server, chosen(whole=True), PERFECT, "chat", seeds)


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
