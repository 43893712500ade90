"""What the trials came to: one row a fault and database, and whatever broke a promise."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Seen:
    """One trial."""

    fault: str
    database: str
    point: str
    """Where it struck."""
    struck: bool
    """False when the run ended without passing the point; such a trial counts for nothing."""
    effects: int
    """By the cluster's audit list."""
    record: str
    """The effect in the ledger, or `none`."""
    incident: str
    """How the incident ended."""
    seconds: float
    owner: bool = True
    """False when something was left that nobody would have gone on with."""

    @property
    def wrong(self) -> str:
        """The promise that was broken, or nothing."""
        if not self.owner:
            return "something was left waiting without an owner"
        if self.effects > 1:
            return f"{self.effects} effects"
        if self.record == "done" and self.effects != 1:
            return f"the record says done, and there are {self.effects} effects"
        if self.record in ("refused", "failed", "none") and self.effects:
            return f"the record says {self.record}, and there is an effect"
        return ""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    fault: str
    database: str
    points: int
    """Trials that struck."""
    effects: dict[str, int]
    """How many trials had 0, 1, 2 … effects."""
    record: dict[str, int]
    wrong: int
    seconds: float


def rows(seen: Sequence[Seen]) -> list[Row]:
    """The table, in the order of the trials."""
    made = []
    for fault, database in dict.fromkeys((s.fault, s.database) for s in seen):
        these = [s for s in seen if (s.fault, s.database) == (fault, database) and s.struck]
        made.append(
            Row(
                fault=fault,
                database=database,
                points=len(these),
                effects=dict(sorted(Counter(str(s.effects) for s in these).items())),
                record=dict(sorted(Counter(s.record for s in these).items())),
                wrong=sum(bool(s.wrong) for s in these),
                seconds=round(sum(s.seconds for s in these), 1),
            )
        )
    return made


def printed(made: Iterable[Row]) -> str:
    """The table for people."""
    head = ("fault", "points", "database", "effects seen", "record", "wrong")
    lines = [head] + [
        (row.fault, str(row.points), row.database, _counts(row.effects), _counts(row.record), str(row.wrong))
        for row in made
    ]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )


def broken(seen: Iterable[Seen]) -> list[str]:
    """Every broken promise, a sentence each."""
    return [
        f"{s.fault}, {s.database}, at {s.point}: {s.wrong} ({s.incident})." for s in seen if s.struck and s.wrong
    ]


def save(path: Path, seen: Sequence[Seen], more: dict[str, Any]) -> None:
    """The figures for a machine."""
    path.parent.mkdir(exist_ok=True)
    told = {"rows": [asdict(row) for row in rows(seen)], "trials": [asdict(s) | {"wrong": s.wrong} for s in seen]}
    path.write_text(json.dumps(told | more, indent=1))


def load(path: Path) -> list[Seen]:
    """The trials of a lane."""
    told = json.loads(path.read_text())["trials"]
    return [Seen(**{k: v for k, v in one.items() if k != "wrong"}) for one in told]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items()) or "-"
