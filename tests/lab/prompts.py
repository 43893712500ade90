"""Walk every prompt of a whole benchmark run: `python -m tests.lab.prompts`, behind `make test-lab`.

All 86 tasks, put in turn to a reader that probes, to one that errs and so is asked again, and to one of the
compact form. Raw output may stand in a prompt in short, marked quotations alone, and every finding leads to an
artifact.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from app.lab_drill import empty_database
from app.lab_pool import Job, bundles
from lab.apart import apart
from lab.backstage import stage_for
from lab.drill import Drill
from lab.reader.server import CAREFUL, COMPACT, noisy_name
from lab.suite import Task, load_suite
from tests.app.chat.leaks import leaks
from tests.app.chat.played import played

SUITE = "aiopslab-86"
SEED = 1
READERS = ((CAREFUL, "full"), (noisy_name(40, 1), "full"), (COMPACT, "compact"))
"""Each with the form in which it is asked."""


@dataclass(frozen=True)
class Walked:
    """One run."""

    task: str
    prompts: int
    wrong: tuple[str, ...]


def main() -> int:
    """Play, and say what is wrong; 1 when anything is."""
    suite = load_suite(SUITE)
    jobs = [
        Job(SUITE, task.id, READERS[number % len(READERS)][0], SEED, rename=False)
        for number, task in enumerate(suite.tasks)
    ]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        runs = [run for bundle in pool.map(walk, bundles(suite, jobs)) for run in bundle]
    wrong = [f"{run.task}: {each}" for run in runs for each in run.wrong]
    prompts = sum(run.prompts for run in runs)
    print("\n".join(wrong) or f"{prompts} prompts of {len(runs)} runs hold raw output only where they may.")
    return 1 if wrong else 0


def walk(jobs: tuple[Job, ...]) -> list[Walked]:
    """Tasks that share an incident, each in a fork of it; the job's policy is the reader's name."""
    known = {task.id: task for task in load_suite(SUITE).tasks}
    empty_database()
    stage = stage_for(known[jobs[0].task].drillable, SEED)

    def all_of_them() -> list[Walked]:
        drill = Drill.on(stage, known[jobs[0].task].type)
        return [apart(partial(_walked, drill, known[job.task], job.policy)) for job in jobs]

    return apart(all_of_them)


def _walked(drill: Drill, task: Task, reader: str) -> Walked:
    run = played(drill.asking(task.type), reader, form=dict(READERS)[reader])
    prompts = run.prompts
    wrong = [leak for prompt in prompts for leak in leaks(prompt, run.artifacts)]
    wrong += [f"No artifact shows the finding: {text}" for text in run.unlinked]
    if not prompts or (run.run.trajectory.findings and not run.artifacts):
        wrong.append("There is nothing to walk: no prompt, or no artifact.")
    return Walked(task.id, len(prompts), tuple(wrong))


if __name__ == "__main__":
    sys.exit(main())
