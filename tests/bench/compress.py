"""`python -m tests.bench.compress`: lines to findings, beside drain3; build/bench/compress.json."""

import math
import resource
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from domain.cluster import Ref
from tests.bench.accuracy import grouping_accuracy
from tests.bench.drain import drain, masked_drain
from tests.bench.labelled import labelled_sets
from tests.bench.report import Measure, publish
from tools.compress import Miner, compress_lines
from tools.read.logs import said

MILLION = 1_000_000
SIZES = (MILLION // 10, MILLION, 3 * MILLION, 10 * MILLION)
COMPARED = 100_000
"""Lines that both read; drain3 takes too long for more."""
LABELLED = 2_000
"""Lines of each labelled set, as in LogHub's samples."""
POD = Ref(kind="Pod", name="web-1", namespace="shop")

Grouper = Callable[[list[str]], list[Hashable]]


@dataclass(frozen=True)
class Cost:
    """What it took to make findings of a log."""

    lines: int
    cpu_seconds: float
    mebibytes: float
    """The most that the process held, its code included."""


def main() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory(prefix="aoi-bench-") as folder:
        path = Path(folder) / "lines.log"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _mixed(MILLION))
        costs = [_alone(path, size) for size in SIZES]
        compared = list(_read(path, COMPARED))
    publish("compress", [*_costs(costs), *_throughput(compared), *_accuracies()])


def findings(path: Path, lines: int) -> Cost:
    """Read a log to the findings that a probe shows."""
    started = time.process_time()
    assert list(said(POD, compress_lines(_read(path, lines))))
    used = time.process_time() - started
    return Cost(lines, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def mine(lines: list[str]) -> list[Hashable]:
    """The group of each line."""
    miner = Miner()
    groups = [miner.add(line) for line in lines]
    miner.groups()
    return [id(group.root()) if group else None for group in groups]


def _mixed(count: int) -> Iterator[str]:
    """Lines of all sets in turn."""
    sets = labelled_sets()
    for lines in zip(*(each.lines(count // len(sets) + 1, 1) for each in sets), strict=True):
        yield from (line.text for line in lines)


def _read(path: Path, count: int) -> Iterator[str]:
    """That many lines of the file, from its beginning again after its end."""
    with path.open(encoding="utf-8") as file:
        while count > 0:
            file.seek(0)
            part = min(count, MILLION)
            yield from (line.rstrip("\n") for line in islice(file, part))
            count -= part


def _alone(path: Path, lines: int) -> Cost:
    """In a process of its own, so that the memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(findings, path, lines).result()


def _costs(costs: list[Cost]) -> Iterator[Measure]:
    for cost in costs:
        limits = (10.0, 500.0) if cost.lines == MILLION else (None, None)
        name, note = f"{cost.lines:,} lines", "to findings, CPU time, reading included"
        again = "; the same million again and again" if cost.lines > MILLION else ""
        yield Measure(name, cost.cpu_seconds, "s", target=limits[0], note=note + again)
        yield Measure(f"{name}, peak memory", cost.mebibytes, "MiB", target=limits[1], note="of the whole process")
    logs = [(math.log(cost.lines), math.log(cost.cpu_seconds)) for cost in costs]
    yield Measure("growth exponent", _slope(logs), "", len(logs), 1.1, "1 is linear")


def _slope(points: list[tuple[float, float]]) -> float:
    """Of the line of least squares."""
    mean_x, mean_y = (sum(part) / len(points) for part in zip(*points, strict=True))
    rise = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return float(rise / sum((x - mean_x) ** 2 for x, _ in points))


def _throughput(lines: list[str]) -> Iterator[Measure]:
    speeds: dict[str, float] = {}
    for name, group in {"AOI": mine, "drain3": drain, "drain3 with masks": masked_drain}.items():
        started = time.process_time()
        group(lines)
        speeds[name] = len(lines) / (time.process_time() - started)
        yield Measure(f"{name}, throughput", speeds[name], "lines/s", len(lines), note="CPU time")
    ratio = speeds.pop("AOI") / max(speeds.values())
    yield Measure(
        "drain3's throughput in AOI's", 1 / ratio, "", target=0.2, note=f"AOI is {ratio:.1f} times as fast"
    )


def _accuracies() -> Iterator[Measure]:
    for name, group in {"AOI": mine, "drain3": drain, "drain3 with masks": masked_drain}.items():
        scores = {each.name: _accuracy(each.name, group) for each in labelled_sets()}
        for set_name, score in scores.items():
            yield Measure(f"{name}, grouping accuracy, {set_name}", score, "", LABELLED)
        wrong = 1 - sum(scores.values()) / len(scores)
        target = 0.05 if name == "AOI" else None
        note = f"accuracy {1 - wrong:.3f} on average"
        yield Measure(f"{name}, lines in wrong groups", wrong, "", LABELLED * len(scores), target, note)


def _accuracy(name: str, group: Grouper) -> float:
    chosen = next(each for each in labelled_sets() if each.name == name)
    lines = list(chosen.lines(LABELLED, 1))
    return grouping_accuracy(group([line.text for line in lines]), [line.label for line in lines])


if __name__ == "__main__":
    main()
