"""`python -m tests.bench.evidence`: does the proof of each task reach the model, and at what size?

Runs the 86 tasks once. Recall is the share of proofs (`evidence.yaml`) which the prompts still hold; the size is
that of all findings as sentences against the artifacts they were made of.
"""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

from app.lab_drill import empty_database
from app.lab_pool import Job, bundles
from graph.model.tokens import estimate
from lab.apart import apart
from lab.backstage import stage_for
from lab.drill import Drill
from lab.scenario import Truth
from lab.suite import Suite, Task, load_suite
from tests.bench.docs import put, table
from tests.bench.report import Measure, publish
from tests.bench.watched import Watched, watch

SUITE = "aiopslab-86"
SEED = 1
RECALL = 0.98
PROOFS: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "evidence.yaml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Weighed:
    """What became of one task's evidence."""

    task: str
    causes: tuple[str, ...]
    found: tuple[str, ...]
    """Proofs that the artifacts hold."""
    told: tuple[str, ...]
    """Those of them that findings hold."""
    shown: tuple[str, ...]
    """Those of them that a prompt holds."""
    findings: int
    """Tokens of all findings, as sentences."""
    prompts: int
    """Tokens of all prompts of the run."""
    raw: int
    """Tokens of all artifacts."""

    @property
    def lost(self) -> tuple[str, ...]:
        """What the model never saw."""
        return tuple(proof for proof in self.found if proof not in self.shown)


@dataclass(frozen=True)
class Evidence:
    """All tasks together."""

    tasks: tuple[Weighed, ...]

    @property
    def proofs(self) -> int:
        """What the artifacts hold."""
        return sum(len(each.found) for each in self.tasks)

    @property
    def recall(self) -> float:
        """Share of the proofs that the model was shown."""
        return sum(len(each.shown) for each in self.tasks) / self.proofs

    @property
    def recall_of_findings(self) -> float:
        """Share of the proofs that findings hold, whether there was room for them in a prompt or not."""
        return sum(len(each.told) for each in self.tasks) / self.proofs

    @property
    def ratio(self) -> float:
        """Tokens of findings in those of artifacts."""
        return sum(each.findings for each in self.tasks) / sum(each.raw for each in self.tasks)


def main() -> None:
    """Run, publish and write the page; about two minutes."""
    evidence = gathered(load_suite(SUITE), (SEED,))
    publish("evidence", [*_by_task(evidence), *measures(evidence)])
    put("evidence", page(evidence))


def gathered(suite: Suite, seeds: Sequence[int]) -> Evidence:
    """Every task of the suite under each seed, in a pool of processes."""
    jobs = [Job(SUITE, task.id, "playbook", seed, rename=False) for task in suite.tasks for seed in seeds]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        weighed = [each for bundle in pool.map(run_together, bundles(suite, jobs)) for each in bundle]
    return Evidence(tuple(sorted(weighed, key=lambda each: each.task)))


def measures(evidence: Evidence) -> Iterator[Measure]:
    """What all tasks together have come to."""
    note = f"recall {evidence.recall:.1%}; before prompts were cut to their room {evidence.recall_of_findings:.1%}"
    yield Measure("proofs lost", 1 - evidence.recall, "", evidence.proofs, 1 - RECALL, note)
    for name in ("findings", "prompts", "raw"):
        mean = fmean(getattr(each, name) for each in evidence.tasks)
        yield Measure(f"tokens a task, {name}", mean, "tokens", len(evidence.tasks))
    yield Measure("findings against artifacts", evidence.ratio, "", len(evidence.tasks), 0.2)


def _by_task(evidence: Evidence) -> Iterator[Measure]:
    for each in evidence.tasks:
        note = f"{len(each.shown)} of {len(each.found)} proofs"
        note += f"; lost: {', '.join(each.lost)}" if each.lost else ""
        yield Measure(each.task, each.findings / each.raw, "of raw", note=note)


def page(evidence: Evidence) -> str:
    """What the docs show: a row for each cause, then all."""
    rows = []
    causes = dict.fromkeys(each.causes[:1] for each in sorted(evidence.tasks, key=lambda each: each.causes))
    for cause in causes:
        same = [each for each in evidence.tasks if each.causes[:1] == cause]
        name = cause[0] if cause else "nothing is wrong"
        rows.append((name, *_cells(Evidence(tuple(same)))))
    rows.append(("all", *_cells(evidence)))
    head = (
        "first cause",
        "tasks",
        "proofs found",
        "shown to the model",
        "tokens of artifacts",
        "of findings",
        "share",
    )
    lost = [f"{each.task}: {', '.join(each.lost)}" for each in evidence.tasks if each.lost]
    told = f"Evidence recall {evidence.recall:.1%}: {evidence.proofs} proofs."
    return f"{table(head, rows)}\n\n{told} Lost: {'; '.join(lost) or 'none'}."


def _cells(evidence: Evidence) -> tuple[str, ...]:
    shown = sum(len(each.shown) for each in evidence.tasks)
    tokens = (fmean(getattr(each, name) for each in evidence.tasks) for name in ("raw", "findings"))
    return (
        f"{len(evidence.tasks)}", f"{evidence.proofs}", f"{shown}", *(f"{count:,.0f}" for count in tokens),
        f"{evidence.ratio:.1%}",
    )  # fmt: skip


def run_together(jobs: tuple[Job, ...]) -> list[Weighed]:
    """Tasks that share an incident, each in a fork of it."""
    known = {task.id: task for task in load_suite(SUITE).tasks}
    tasks = [known[job.task] for job in jobs]
    empty_database()
    stage = stage_for(tasks[0].drillable, jobs[0].seed)
    return apart(lambda: _asked(Drill.on(stage, tasks[0].type), tasks))


def _asked(drill: Drill, tasks: list[Task]) -> list[Weighed]:
    def ask(task: Task) -> Weighed:
        with drill.asking(task.type) as asked:
            return weigh(task.id, task.drillable.scenario.truth, watch(asked))

    return [apart(partial(ask, task)) for task in tasks]


def weigh(task: str, truth: Truth, seen: Watched) -> Weighed:
    """Which proofs of the truth are left, and the sizes."""
    told = "\n".join(f"{finding.subject} {finding.text}" for finding in seen.findings)
    raw = "\n".join(seen.raw)
    proofs = _proofs(truth, raw)
    shown = _unquoted("\n".join(seen.prompts))
    count = estimate().count
    return Weighed(
        task,
        causes=tuple(cause.value for cause in truth.causes),
        found=tuple(proofs),
        told=tuple(what for what, said in proofs.items() if _holds(told, said)),
        shown=tuple(what for what, said in proofs.items() if _holds(shown, said)),
        findings=count(told),
        prompts=sum(map(count, seen.prompts)),
        raw=max(1, count(raw)),
    )


def _proofs(truth: Truth, raw: str) -> dict[str, str]:
    """What the artifacts hold, with the pattern by which it is found where it is told."""
    names = "|".join(re.escape(str(component).rpartition("/")[2]) for component in truth.components)
    found = {"an object at fault": rf"[ /](?:{names})\b"} if truth.anomaly else {}
    for cause in truth.causes:
        for proof in PROOFS.get(cause, ()):
            pattern = proof["raw"].replace("${name}", f"(?:{names})")
            caught = {match[match.lastindex or 0] for match in re.finditer(pattern, raw, re.I | re.M)}
            if caught:
                same = "|".join(map(re.escape, caught))
                said = proof["told"].replace("${name}", f"(?:{names})").replace("${same}", f"(?:{same})")
                found[proof["what"]] = said
    return found


def _holds(text: str, said: str) -> Any:
    return re.search(said, text, re.I | re.M)


def _unquoted(prompts: str) -> str:
    """As it was before it was quoted."""
    return prompts.replace('\\"', '"').replace("\\\\", "\\")


if __name__ == "__main__":
    main()
