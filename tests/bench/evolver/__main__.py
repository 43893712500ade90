"""`python -m tests.bench.evolver`: a table, build/bench/evolver.json, and the figures in docs/benchmarks.md.

What was measured stays in build/bench/evolver, and the warm start where bench-learning looks for it; a bench that
was interrupted goes on with `--resume`.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.ambient import SystemClock
from domain.evaluation import Evaluation, Scored
from domain.lessons import Lesson
from lab.suite import Suite, load_suite
from learn.evaluation.compare import compare
from learn.evolver.general import same_as
from learn.evolver.judge import Proof
from tests.bench.docs import put
from tests.bench.evolver.page import CUT, NONE, POINTS, Measured, holds, tables
from tests.bench.evolver.runs import First, Run, first_runs, runs_of
from tests.bench.evolver.settings import SETTINGS, WHOLE, Evolved, as_proven, evolved
from tests.bench.evolver.spread import cut, of_average, over_runs
from tests.bench.learning.one_seed import warm_started
from tests.bench.learning.rollouts import TRAIN, played
from tests.bench.learning.served import serving
from tests.bench.learning.trial import ask
from tests.bench.report import FOLDER, Measure, publish

FIRST_SEEDS = (11, 12)
SEEDS = (501, 502, 503, 504, 505)
"""Nothing is learned from these; replays of the judge count from 90001."""


def main() -> int:
    """Measure; 1 when the promise does not hold."""
    parser = argparse.ArgumentParser(description="Lessons of what a tiny model failed at, on fresh seeds.")
    parser.add_argument("--resume", action="store_true", help="go on with what an interrupted bench left")
    wanted = parser.parse_args()
    started, kept = time.monotonic(), FOLDER / "evolver"
    if not wanted.resume:
        shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True, exist_ok=True)
    measured = _measured(load_suite(TRAIN), kept)
    publish("evolver", measures(measured, time.monotonic() - started))
    put("evolver", tables(measured))
    return 0 if holds(measured) else 1


def _measured(suite: Suite, kept: Path) -> Measured:
    learning = FOLDER / "learning"
    folder = learning / "seed-1"
    model = warm_started(1, played(learning / "episodes.jsonl"), folder)
    with serving(folder, model) as settings:
        ask(settings)
        first = first_runs(suite, FIRST_SEEDS, kept / "first.jsonl")
        rates = rates_of(first)
        tasks = one_of_each(suite, [name for name, rate in rates.items() if rate < 1])
        learned = evolved([one.episode for one in first], kept)
        arms = arms_of(learned)
        lessons = {NONE: (), **{arm: _taken(arm, learned[arm]) for arm in dict.fromkeys(arms.values())}}
        runs = runs_of(suite, tasks, SEEDS, lessons, kept / "runs.jsonl")
    found = {arm: evaluation(suite, tasks, arm, runs) for arm in lessons}
    return Measured(found, learned, arms, tuple(rates.values()))


def rates_of(first: Sequence[First]) -> dict[str, float]:
    """Share of its first runs that each task solved."""
    found: dict[str, list[bool]] = {}
    for one in first:
        found.setdefault(one.task, []).append(one.tried.success)
    return {task: sum(runs) / len(runs) for task, runs in sorted(found.items())}


def one_of_each(suite: Suite, failed: Sequence[str]) -> list[str]:
    """The first failed task of each family and way of asking: others ask the same of other objects."""
    found: dict[tuple[str, str], str] = {}
    for task in suite.tasks:
        if task.id in failed:
            found.setdefault((task.drillable.scenario.fault_family, task.type.value), task.id)
    return list(found.values())


def arms_of(learned: Mapping[str, Evolved]) -> dict[str, str]:
    """The setting whose runs stand for each: the first that has the same lessons."""
    first: dict[frozenset[str], str] = {}
    return {name: first.setdefault(frozenset(map(same_as, one.lessons)), name) for name, one in learned.items()}


def _taken(arm: str, learned: Evolved) -> tuple[Lesson, ...]:
    """What was not replayed is taken for proven: as a mark alone it would say nothing of the judge."""
    replayed = next(each.proof for each in SETTINGS if each.name == arm) is Proof.REPLAY
    return tuple(lesson if replayed else as_proven(lesson) for lesson in learned.lessons)


def evaluation(suite: Suite, tasks: Sequence[str], arm: str, runs: Sequence[Run]) -> Evaluation:
    """The runs of one arm, task by task, in the order of their seeds."""
    own = {(run.task, run.seed): run.tried for run in runs if run.arm == arm}
    scored = (
        Scored(
            id=task.id,
            type=task.type.value,
            family=task.drillable.scenario.fault_family,
            runs=tuple(own[task.id, seed] for seed in SEEDS),
        )
        for task in suite.tasks
        if task.id in tasks
    )
    return Evaluation(
        model=arm, suite=suite.name, seed=SEEDS[0], at=SystemClock().now(), seconds=0, tasks=tuple(scored)
    )


def measures(measured: Measured, seconds: float) -> Iterator[Measure]:
    """The table."""
    before = measured.found[NONE]
    for name in (NONE, *measured.evolved):
        after = measured.found[measured.arms.get(name, NONE)]
        found, runs = compare(before, after), len(after.runs)
        held = found.after.avg_at_k
        yield Measure(f"avg@5, {name}", 100 * held.value, "%", runs, note=f"[{held.low:.1%}, {held.high:.1%}]")
        yield Measure(f"variance over runs, {name}", over_runs(after.tasks), "", runs)
        yield Measure(f"variance of the average, {name}", of_average(after), "", after.epochs)
        yield Measure(f"harmful runs, {name}", 100 * found.after.harmful, "%", runs)
        if name in measured.evolved:
            yield Measure(f"lessons, {name}", len(measured.evolved[name].lessons), "")
    after = measured.found[WHOLE.name]
    fell = cut(over_runs(before.tasks), over_runs(after.tasks)) or 0.0
    rise = 100 * compare(before, after).change.value
    yield Measure(f"points short of {POINTS}", max(0.0, POINTS - rise), "", target=0.001)
    yield Measure(f"variance cut short of {CUT:.0%}", max(0.0, CUT - fell), "", target=0.001)
    yield Measure("seconds of this call", seconds, "s")


if __name__ == "__main__":
    sys.exit(main())
