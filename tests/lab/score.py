"""Hold the lab and the runtime to their promises: `python -m tests.lab.score`, behind `make test-lab`.

The playbook solves the basics and the benchmark to the shares below, and the same within three points when every
service, namespace and label is renamed; where nothing is wrong it says so. The graders of the benchmark judge
every trial rightly, under both kinds of names. A reader that makes no mistake with what the Observer is shown, and
gets nothing else, solves nearly all of the benchmark and harms nothing.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli import main as aoi
from lab.reader.server import ReaderServer
from tests.bench.runtime.drills import Totals, perfect_over_all

BUILD = Path("build")
NEAR = 0.03
READER = 0.97
"""The share of the benchmark that the perfect reader solves."""


@dataclass(frozen=True)
class Promise:
    """What the playbook reaches on a suite, strictly graded."""

    suite: str
    epochs: int
    renamed_epochs: int
    best_at_k: float
    avg_at_k: float


PROMISES = (
    Promise("basics", epochs=3, renamed_epochs=3, best_at_k=0.9, avg_at_k=0.9),
    Promise("aiopslab-86", epochs=5, renamed_epochs=2, best_at_k=0.85, avg_at_k=0.8),
)


def run(suite: str, epochs: int, *more: str) -> dict[str, Any]:
    """One run of a suite by the playbook: its results."""
    BUILD.mkdir(exist_ok=True)
    file = BUILD / f"{suite}{''.join(more)}.json"
    status = aoi(["lab", "run", "--suite", suite, "--epochs", str(epochs), "--json", str(file), *more])
    if status != 0:
        raise SystemExit(status)
    results: dict[str, Any] = json.loads(file.read_text())
    return results


def judge(promise: Promise, named: dict[str, Any], renamed: dict[str, Any]) -> list[str]:
    """What does not hold, in sentences."""
    wrong = []
    for figure, wanted in (("best_at_k", promise.best_at_k), ("avg_at_k", promise.avg_at_k)):
        if (reached := named["summary"][figure]) < wanted:
            wrong.append(f"{promise.suite}: {figure} is {reached:.3f}, and {wanted} is promised.")
    plain, other = named["summary"]["avg_at_k"], renamed["summary"]["avg_at_k"]
    if abs(plain - other) > NEAR:
        wrong.append(f"{promise.suite}: renamed, avg_at_k moves from {plain:.3f} to {other:.3f}.")
    for results in (named, renamed):
        alarms = [task["id"] for task in results["tasks"] if "noop" in task["id"] and not all(task["success"])]
        wrong += [f"{task}: something is said to be wrong where nothing is." for task in alarms]
    return wrong


def graders_are_right(suite: str, seeds: int, *more: str) -> bool:
    """Whether validation finds no wrong judgement; it prints those that it finds."""
    return aoi(["lab", "validate", "--suite", suite, "--seeds", str(seeds), *more]) == 0


def judge_reader(perfect: Totals) -> list[str]:
    """What the runtime loses of what a perfect model would have solved, in sentences."""
    wrong = []
    if perfect.solved / perfect.tasks < READER:
        wrong.append(
            f"The perfect reader solves {perfect.solved} of {perfect.tasks}, and {READER:.0%} is promised."
        )
        wrong += perfect.missed
    if perfect.harmed or perfect.lost:
        wrong.append(f"The perfect reader does harm in {perfect.harmed} runs, and {perfect.lost} have no answer.")
    return wrong


def main() -> int:
    """Run every suite both ways, grade the graders, ask the reader, and say whether the promises hold."""
    wrong: list[str] = []
    for promise in PROMISES:
        named = run(promise.suite, promise.epochs)
        wrong += judge(promise, named, run(promise.suite, promise.renamed_epochs, "--rename", "--seed=100"))
    if not (graders_are_right("aiopslab-86", 5) and graders_are_right("aiopslab-86", 1, "--rename")):
        wrong.append("A grader of aiopslab-86 judges wrongly.")
    with ReaderServer() as server:
        wrong += judge_reader(perfect_over_all(server))
    print("\n".join(wrong) or "The promises hold.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
