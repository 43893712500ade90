"""`python -m tests.bench.evidence`: does the proof of each task reach the model, and at what size?

Runs the 86 tasks once. Recall is the share of proofs (`evidence.yaml`) which findings still hold; the size is that
of all findings as sentences against the artifacts they were made of.
"""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean

import yaml

from app.lab_drill import empty_database
from app.lab_pool import Job, bundles
from graph.model.tokens import estimate
from lab.apart import apart
from lab.backstage import stage_for
from lab.drill import Drill
from lab.scenario import Truth
from lab.suite import Task, load_suite
from tests.bench.report import Measure, publish
from tests.bench.watched import Watched, watch

SUITE = "aiopslab-86"
SEED = 1
RECALL = 0.98
PROOFS = yaml.safe_load((Path(__file__).parent / "evidence.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Weighed:
    """What became of one task's evidence."""

    task: str
    held: tuple[str, ...]
    lost: tuple[str, ...]
    shown: int
    """Tokens of all findings, as the prompts write them."""
    prompts: int
    """Tokens of all prompts of the run."""
    raw: int
    """Tokens of all artifacts."""


def main() -> None:
    """Run and publish."""
    suite = load_suite(SUITE)
    jobs = [Job(SUITE, task.id, "playbook", SEED, rename=False) for task in suite.tasks]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        weighed = [each for bundle in pool.map(run_together, bundles(suite, jobs)) for each in bundle]
    publish("evidence", measures(weighed))


def measures(weighed: list[Weighed]) -> Iterator[Measure]:
    """A row a task, then all together."""
    for each in sorted(weighed, key=lambda each: each.task):
        total = len(each.held) + len(each.lost)
        note = f"{len(each.held)} of {total} proofs" + (f"; lost: {', '.join(each.lost)}" if each.lost else "")
        yield Measure(each.task, each.shown / each.raw, "of raw", note=note)
    held, lost = sum(len(each.held) for each in weighed), sum(len(each.lost) for each in weighed)
    note = f"recall {held / (held + lost):.1%}"
    yield Measure("proofs lost", lost / (held + lost), "", held + lost, 1 - RECALL, note)
    for name in ("shown", "prompts", "raw"):
        yield Measure(
            f"tokens a task, {name}", fmean(getattr(each, name) for each in weighed), "tokens", len(weighed)
        )
    ratio = sum(each.shown for each in weighed) / sum(each.raw for each in weighed)
    yield Measure("findings against artifacts", ratio, "", len(weighed), 0.2)


def run_together(jobs: tuple[Job, ...]) -> list[Weighed]:
    """Tasks that share an incident, each in a fork of it."""
    known = {task.id: task for task in load_suite(SUITE).tasks}
    tasks = [known[job.task] for job in jobs]
    empty_database()
    stage = stage_for(tasks[0].drillable, SEED)
    return apart(lambda: _asked(Drill.on(stage, tasks[0].type), tasks))


def _asked(drill: Drill, tasks: list[Task]) -> list[Weighed]:
    def ask(task: Task) -> Weighed:
        with drill.asking(task.type) as asked:
            return weigh(task.id, task.drillable.scenario.truth, watch(asked))

    return [apart(partial(ask, task)) for task in tasks]


def weigh(task: str, truth: Truth, seen: Watched) -> Weighed:
    """Which proofs of the truth the findings hold, and the sizes."""
    told = "\n".join(f"{finding.subject} {finding.text}" for finding in seen.findings)
    raw = "\n".join(seen.raw)
    names = "|".join(re.escape(str(component).rpartition("/")[2]) for component in truth.components)
    proofs = {item["what"]: item for cause in truth.causes for item in PROOFS.get(cause, ())}
    present = {what: item["told"] for what, item in proofs.items() if re.search(item["raw"], raw, re.I)}
    if truth.anomaly:
        present["an object at fault"] = rf"[ /](?:{names})\b"
    found = {
        what: re.search(said.replace("${name}", f"(?:{names})"), told, re.I) for what, said in present.items()
    }
    count = estimate().count
    return Weighed(
        task,
        held=tuple(what for what, match in found.items() if match),
        lost=tuple(what for what, match in found.items() if not match),
        shown=count(told),
        prompts=sum(map(count, seen.prompts)),
        raw=max(1, count(raw)),
    )


if __name__ == "__main__":
    main()
