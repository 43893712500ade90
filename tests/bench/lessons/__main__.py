"""`python -m tests.bench.lessons`: a table, build/bench/lessons.json, and the figures in docs/benchmarks.md.

The ten drills are asked about in Slack and corrected by the modal (a real bot, local-slack), the basics are run
and kept, `aoi learn evolve` learns, and both suites are run again, with other seeds than anything was learned from
and under other names. No model is asked.
"""

import asyncio
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.cli import main as aoi
from lab.suite import load_suite
from tests.bench.docs import put
from tests.bench.lessons.front import Lived, live_through
from tests.bench.lessons.page import Pair, Took, table
from tests.bench.report import Measure, publish

SEED = 500
"""Of the runs before and after; replays of the judge count from 90001, the incidents have 1."""
EPOCHS, BASICS_EPOCHS = 5, 2
POINTS = 40.0


def main() -> int:
    """Measure; 1 when the promise does not hold."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aoi-lessons-") as name:
        folder = Path(name)
        os.environ["AOI_DATA_DIR"] = str(folder / "aoi")
        for part in ("aoi", "slack"):
            (folder / part).mkdir()
        drills_before = _run(folder, "tribal", EPOCHS, "before")
        basics_before = _run(folder, "basics", BASICS_EPOCHS, "before", "--record")
        lived = asyncio.run(live_through(load_suite("tribal"), folder))
        _aoi("learn", "evolve", "--json", str(folder / "evolved.json"))
        evolved = json.loads((folder / "evolved.json").read_text())
        drills = Pair(drills_before, _run(folder, "tribal", EPOCHS, "after", "--lessons"))
        basics = Pair(basics_before, _run(folder, "basics", BASICS_EPOCHS, "after", "--lessons"))
        kept = Path("build/bench")
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "evolved.json", kept / "lessons-evolved.json")
    took = Took(time.monotonic() - started, _processor_seconds(), os.cpu_count() or 1)
    publish("lessons", list(_measures(drills, basics, lived, evolved, took)))
    put("lessons", table(drills, basics, evolved, took, datetime.now(UTC).date()))
    return 0 if _holds(drills, basics, lived) else 1


def _run(folder: Path, suite: str, epochs: int, when: str, *more: str) -> dict[str, Any]:
    file = folder / f"{suite}-{when}.json"
    fixed = ("--epochs", str(epochs), "--seed", str(SEED), "--rename", "--json", str(file))
    _aoi("lab", "run", "--suite", suite, *fixed, *more)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _aoi(*words: str) -> None:
    if (status := aoi(list(words))) != 0:
        raise SystemExit(status)


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _measures(
    drills: Pair, basics: Pair, lived: list[Lived], evolved: dict[str, Any], took: Took
) -> Iterator[Measure]:
    after = {task["id"]: task["success"] for task in drills.after["tasks"]}
    for task in drills.before["tasks"]:
        count = len(task["success"])
        note = f"{100 * sum(task['success']) / count:.0f} % before"
        yield Measure(task["id"], 100 * sum(after[task["id"]]) / count, "%", count, note=note)
    for name, pair in (("tribal avg@5", drills), (f"basics avg@{BASICS_EPOCHS}", basics)):
        before, now = pair.average
        yield Measure(f"{name} before", 100 * before, "%", len(pair.before["tasks"]))
        yield Measure(f"{name} with lessons", 100 * now, "%", len(pair.after["tasks"]))
    before, now = drills.average
    yield Measure("points that avg@5 rises short of 40", max(0.0, POINTS - 100 * (now - before)), "", target=0.001)
    yield Measure("runs that passed before and fail", len(drills.lost) + len(basics.lost), "runs", target=1)
    yield Measure("incidents solved in Slack before", sum(one.solved for one in lived), "incidents", len(lived))
    yield Measure("lessons learned", sum(bool(one["lesson"]) for one in evolved["round"]["learned"]), "lessons")
    yield Measure("replays of the judge", evolved["replays"], "replays")
    yield Measure("seconds of evolve", evolved["seconds"], "s")
    yield Measure("seconds of all", took.seconds, "s", target=600)
    yield Measure("processor seconds of all", took.processor_seconds, "s", note=f"{took.cores} cores")


def _holds(drills: Pair, basics: Pair, lived: list[Lived]) -> bool:
    before, now = drills.average
    rises = 100 * (now - before) >= POINTS
    return rises and not drills.lost and not basics.lost and sum(one.solved for one in lived) <= 2


if __name__ == "__main__":
    sys.exit(main())
