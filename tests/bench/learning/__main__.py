"""`python -m tests.bench.learning [--seeds N]`: table, build/bench/learning.json, curves and the page in docs."""

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.lab_pool import Job, all_runs
from domain.evaluation import Comparison
from lab.reader.server import COMPACT, ReaderServer
from lab.suite import load_suite
from learn.evaluation.compare import compare
from learn.evaluation.plots import curve
from tests.bench.docs import put
from tests.bench.learning.one_seed import Seed, cores, one_seed
from tests.bench.learning.page import pooled, tables
from tests.bench.learning.rollouts import played
from tests.bench.learning.trial import HELD_OUT
from tests.bench.report import FOLDER, Measure, publish


def main() -> None:
    """Measure; under 40 minutes a seed on two quiet cores."""
    parser = argparse.ArgumentParser(description="GRPO on lab steps, measured on unseen faults.")
    parser.add_argument("--seeds", type=int, default=1, help="trainings (default 1)")
    parser.add_argument("--epochs", type=int, default=4, help="runs of each task with each model (default 4)")
    parser.add_argument("--profile", default="tiny", help="a profile or a YAML file (default tiny)")
    parser.add_argument("--resume", action="store_true", help="go on with what an interrupted bench left")
    wanted = parser.parse_args()
    work = FOLDER / "learning"
    if not wanted.resume:
        shutil.rmtree(work, ignore_errors=True)
    episodes = played(work / "episodes.jsonl")
    seeds = [
        one_seed(seed, episodes, work / f"seed-{seed}", wanted.epochs, wanted.profile)
        for seed in range(1, wanted.seeds + 1)
    ]
    whole, rule = over_all(seeds), without_mistake(work / "without-mistake.txt")
    publish("learning", measures(seeds, whole, rule))
    draw(seeds, FOLDER)
    put("learning", tables(seeds, whole, rule))


def without_mistake(kept: Path) -> float:
    """Share of the held-out tasks that a reader by script solves in the compact form: what a model could reach."""
    if not kept.exists():
        kept.write_text(str(_without_mistake()), encoding="utf-8")
    return float(kept.read_text(encoding="utf-8"))


def _without_mistake() -> float:
    suite = load_suite(HELD_OUT)
    with ReaderServer() as server:
        os.environ |= {"AOI_MODEL_URL": server.url, "AOI_MODEL_NAME": COMPACT, "AOI_MODEL_FORM": "compact"}
        jobs = [Job(HELD_OUT, task.id, "chat", 1_000, False) for task in suite.tasks]
        runs = [run for _, run in all_runs(suite, jobs, cores())]
    return sum(run.success for run in runs) / len(runs)


def over_all(seeds: Sequence[Seed]) -> Comparison:
    """All seeds as one comparison."""
    first = seeds[0]
    before = first.before.model_copy(update={"tasks": pooled([one.before.tasks for one in seeds])})
    after = first.after.model_copy(update={"tasks": pooled([one.after.tasks for one in seeds])})
    return compare(before, after)


def measures(seeds: Sequence[Seed], whole: Comparison, rule: float) -> Iterator[Measure]:
    """The table."""
    runs = whole.before.tasks * whole.before.epochs
    for name, found in (("warm start", whole.before), ("after GRPO", whole.after)):
        held = found.avg_at_k
        note = f"[{held.low:.1%}, {held.high:.1%}]"
        yield Measure(f"held-out avg@1, {name}", 100 * held.value, "%", runs, note=note)
        yield Measure(f"harmful runs, {name}", 100 * found.harmful, "%", runs)
        yield Measure(f"unreadable replies, {name}", 100 * found.unreadable, "%", runs)
    change = whole.change
    note = f"[{100 * change.low:.1f}, {100 * change.high:.1f}], 10 wanted"
    yield Measure("change", 100 * change.value, "points", runs, note=note)
    yield Measure("a reader without a mistake", 100 * rule, "%", whole.before.tasks)
    for one in seeds:
        rates = [sum(task.rate for task in found.tasks) / len(found.tasks) for found in (one.before, one.after)]
        yield Measure(f"seed {one.seed}, change", 100 * (rates[1] - rates[0]), "points", runs // len(seeds))
        yield Measure(f"seed {one.seed}, training", one.training_seconds, "s", len(one.rewards))
        yield Measure(f"seed {one.seed}, held-out runs", one.trial_seconds, "s", 2 * runs // len(seeds))


def draw(seeds: Sequence[Seed], folder: Path) -> None:
    """A reward curve a seed, and their mean in `learning.png`."""
    steps = min(len(one.rewards) for one in seeds)
    mean = tuple(sum(one.rewards[n] for one in seeds) / len(seeds) for n in range(steps))
    for one in (*seeds, replace(seeds[0], seed=0, rewards=mean)):
        name = f"learning-seed-{one.seed}.png" if one.seed else "learning.png"
        curve(one.rewards).savefig(folder / name, dpi=120)


if __name__ == "__main__":
    main()
