"""`python -m tests.bench.compress`: lines to findings, beside drain3; build/bench/compress.json and the docs."""

import math
import os
import resource
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean

from domain.cluster import Ref
from tests.bench.accuracy import grouping_accuracy
from tests.bench.docs import put, table
from tests.bench.drain import drain, masked_drain
from tests.bench.labelled import Set, held_out_sets, labelled_sets
from tests.bench.report import Measure, publish
from tools.compress import Miner, compress_lines
from tools.read.logs import said

MILLION = 1_000_000
SIZES = (MILLION // 10, MILLION, 3 * MILLION, 10 * MILLION)
COMPARED = 300_000
"""Lines that both read; drain3 takes too long for more."""
LABELLED = 2_000
"""Lines of each labelled set, as in LogHub's samples."""
SEEDS = (1, 2, 3)
"""Of the held-out lines, which are few."""
POD = Ref(kind="Pod", name="web-1", namespace="shop")

Grouper = Callable[[list[str]], list[Hashable]]


@dataclass(frozen=True)
class Cost:
    """What it took to make findings of a log."""

    lines: int
    cpu_seconds: float
    """Reading the file included."""
    seconds: float
    """The same by the clock on the wall."""
    mebibytes: float
    """The most that the process held, its code included."""


@dataclass(frozen=True)
class Miners:
    """How fast and how right each miner is on the same lines, by its name."""

    speeds: dict[str, float]
    """Lines a second of CPU time."""
    known: dict[str, float]
    """Grouping accuracy on the labelled sets."""
    held_out: dict[str, float]

    @property
    def ratio(self) -> float:
        """AOI's throughput in that of the faster drain3."""
        return self.speeds[OURS] / max(speed for name, speed in self.speeds.items() if name != OURS)


def main() -> None:
    """Measure, publish and write the page; about six minutes."""
    with tempfile.TemporaryDirectory(prefix="aoi-bench-") as folder:
        parts = _written(Path(folder))
        costs = [_alone(parts, size) for size in SIZES]
        compared = list(_read(parts, COMPARED))
    speeds = {name: _speed(group, compared) for name, group in MINERS.items()}
    known, held_out = (
        _accuracies(sets, seeds) for sets, seeds in ((labelled_sets(), (1,)), (held_out_sets(), SEEDS))
    )
    miners = Miners(speeds, known, held_out)
    publish("compress", [*_costs(costs), *_compared(miners)])
    put("compress", page(costs, miners))


def mine(lines: list[str]) -> list[Hashable]:
    """The group of each line."""
    miner = Miner()
    groups = [miner.add(line) for line in lines]
    miner.groups()
    return [id(group.root()) if group else None for group in groups]


OURS = "AOI"
MINERS: dict[str, Grouper] = {OURS: mine, "drain3": drain, "drain3 with masks": masked_drain}


def findings(parts: Sequence[Path], lines: int) -> Cost:
    """Read a log to the findings that a probe shows."""
    wall, started = time.monotonic(), time.process_time()
    assert list(said(POD, compress_lines(_read(parts, lines))))
    used, waited = time.process_time() - started, time.monotonic() - wall
    return Cost(lines, used, waited, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _written(folder: Path) -> tuple[Path, ...]:
    """Ten million lines, no two millions alike: a file for each."""
    seeds = range(1, SIZES[-1] // MILLION + 1)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return tuple(pool.map(partial(_million, folder), seeds))


def _million(folder: Path, seed: int) -> Path:
    path = folder / f"{seed}.log"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in mixed(MILLION, seed))
    return path


def mixed(count: int, seed: int) -> Iterator[str]:
    """That many lines of all labelled sets in turn."""
    sets = labelled_sets()
    rows = zip(*(each.lines(count // len(sets) + 1, seed) for each in sets), strict=True)
    return islice((line.text for row in rows for line in row), count)


def _read(parts: Sequence[Path], count: int) -> Iterator[str]:
    """That many lines of the files, one after the other."""
    return islice((line.rstrip("\n") for path in parts for line in _lines(path)), count)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


def _alone(parts: Sequence[Path], lines: int) -> Cost:
    """In a process of its own, so that the memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(findings, parts, lines).result()


def _speed(group: Grouper, lines: list[str]) -> float:
    started = time.process_time()
    group(lines)
    return len(lines) / (time.process_time() - started)


def _accuracies(sets: Sequence[Set], seeds: Sequence[int]) -> dict[str, float]:
    """The mean over all sets and seeds, by miner."""
    return {
        name: fmean(_accuracy(group, each, seed) for each in sets for seed in seeds)
        for name, group in MINERS.items()
    }


def _accuracy(group: Grouper, chosen: Set, seed: int) -> float:
    lines = list(chosen.lines(LABELLED, seed))
    return grouping_accuracy(group([line.text for line in lines]), [line.label for line in lines])


def _costs(costs: Sequence[Cost]) -> Iterator[Measure]:
    for cost in costs:
        most_seconds, most_memory = (10.0, 500.0) if cost.lines == MILLION else (None, None)
        name, note = (
            f"{cost.lines:,} lines",
            f"to findings, CPU time, reading included; {cost.seconds:.1f} s in all",
        )
        yield Measure(name, cost.cpu_seconds, "s", target=most_seconds, note=note)
        yield Measure(
            f"{name}, peak memory", cost.mebibytes, "MiB", target=most_memory, note="of the whole process"
        )
    yield Measure("growth exponent", growth(costs), "", len(costs), 1.1, "1 is linear")


def growth(costs: Sequence[Cost]) -> float:
    """The exponent with which the cost grows: the slope of the line of least squares through the logarithms."""
    points = [(math.log(cost.lines), math.log(cost.cpu_seconds)) for cost in costs]
    mean_x, mean_y = (fmean(part) for part in zip(*points, strict=True))
    rise = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return float(rise / sum((x - mean_x) ** 2 for x, _ in points))


def _compared(miners: Miners) -> Iterator[Measure]:
    for name, speed in miners.speeds.items():
        yield Measure(f"{name}, throughput", speed, "lines/s", COMPARED, note="CPU time")
    note = f"AOI is {miners.ratio:.1f} times as fast"
    yield Measure("drain3's throughput in AOI's", 1 / miners.ratio, "", COMPARED, 0.2, note)
    for name, score in miners.known.items():
        target = 0.05 if name == OURS else None
        yield Measure(f"{name}, lines in wrong groups", 1 - score, "", target=target, note=f"accuracy {score:.3f}")
    for name, score in miners.held_out.items():
        yield Measure(f"{name}, held-out lines in wrong groups", 1 - score, "", note=f"accuracy {score:.3f}")


def page(costs: Sequence[Cost], miners: Miners) -> str:
    """What the docs show."""
    sizes = table(
        ("lines to findings", "CPU seconds", "seconds in all", "lines a CPU second", "peak memory, MiB"),
        (
            (
                f"{cost.lines:,}", f"{cost.cpu_seconds:.1f}", f"{cost.seconds:.1f}",
                f"{cost.lines / cost.cpu_seconds:,.0f}", f"{cost.mebibytes:.0f}",
            )
            for cost in costs
        ),
    )  # fmt: skip
    rivals = table(
        (f"on the same {COMPARED:,} lines", "lines a CPU second", "grouping accuracy", "on held-out lines"),
        (
            (name, f"{speed:,.0f}", f"{miners.known[name]:.3f}", f"{miners.held_out[name]:.3f}")
            for name, speed in miners.speeds.items()
        ),
    )
    said = f"The cost grows with the exponent {growth(costs):.2f} (1 is linear)."
    return f"{sizes}\n\n{said}\n\n{rivals}\n\nAOI is {miners.ratio:.1f} times as fast as the faster drain3."


if __name__ == "__main__":
    main()
