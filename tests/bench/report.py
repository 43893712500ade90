"""What every bench ends with: a table for people and `build/bench/NAME.json` for scripts."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parents[2] / "build" / "bench"


@dataclass(frozen=True)
class Measure:
    """One figure of a bench."""

    name: str
    value: float
    unit: str
    samples: int = 1
    target: float | None = None
    """What it must stay below; `None` for a figure that is only told."""
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether the target is kept."""
        return self.target is None or self.value < self.target


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least that share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def spread(name: str, values: Iterable[float], target: float | None = None, note: str = "") -> list[Measure]:
    """p50, which the target is for, and p95 of durations in seconds."""
    kept = list(values)
    return [
        Measure(f"{name} p50", quantile(kept, 0.5), "s", len(kept), target, note),
        Measure(f"{name} p95", quantile(kept, 0.95), "s", len(kept), None, note),
    ]


def publish(name: str, measures: Iterable[Measure], folder: Path = FOLDER) -> Path:
    """Print the table and write the JSON; its path.

    The load of the machine is told with the figures: on a busy one they say little.
    """
    kept = list(measures)
    load = os.getloadavg()[0]
    console = Console()
    table = Table("measure", "value", "target", "samples", "note", box=None, pad_edge=False)
    for measure in kept:
        target = "" if measure.target is None else f"< {measure.target:g} {'✓' if measure.held else '✗'}"
        table.add_row(
            measure.name, f"{measure.value:.3g} {measure.unit}", target, str(measure.samples), measure.note
        )
    console.print(table)
    console.print(f"{name}: load {load:.1f} on {os.cpu_count()} cores at the end.", highlight=False)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {
        "bench": name,
        "cores": os.cpu_count(),
        "load": load,
        "measures": [{**asdict(measure), "held": measure.held} for measure in kept],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
