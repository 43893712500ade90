"""What `make bench-lessons` writes into `docs/benchmarks.md`."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Pair:
    """One suite before and after, as `aoi lab run --json` tells it."""

    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def average(self) -> tuple[float, float]:
        """avg@k."""
        return self.before["summary"]["avg_at_k"], self.after["summary"]["avg_at_k"]

    @property
    def best(self) -> tuple[float, float]:
        """best@k."""
        return self.before["summary"]["best_at_k"], self.after["summary"]["best_at_k"]

    @property
    def lost(self) -> list[str]:
        """Runs that passed before and fail after, by task and epoch."""
        after = {task["id"]: task["success"] for task in self.after["tasks"]}
        return [
            f"{task['id']}#{epoch}"
            for task in self.before["tasks"]
            for epoch, passed in enumerate(task["success"])
            if passed and not after[task["id"]][epoch]
        ]


@dataclass(frozen=True)
class Took:
    """What the measurement took; on a machine that others use as well, the wall says little."""

    seconds: float
    processor_seconds: float
    cores: int


def table(drills: Pair, basics: Pair, evolved: dict[str, Any], took: Took, today: date) -> str:
    """Per drill, for the basics, and what it took."""
    after = {task["id"]: task["success"] for task in drills.after["tasks"]}
    lines = ["| drill | before | with lessons |", "|---|---:|---:|"]
    for task in drills.before["tasks"]:
        then = after[task["id"]]
        lines.append(f"| `{task['id']}` | {_share(task['success'])} | {_share(then)} |")
    for name, pair in (("`tribal`, avg@5", drills), (f"`basics`, avg@{basics.before['epochs']}", basics)):
        before, now = pair.average
        lines.append(f"| **{name}** | **{before:.1%}** | **{now:.1%}** |")
    lost = [*drills.lost, *basics.lost]
    learned = [one for one in evolved["round"]["learned"] if one["lesson"]]
    rejected = sum(one["rejected"] for one in evolved["round"]["learned"])
    lines += [
        "",
        f"Runs that passed before and fail with lessons: {', '.join(lost) or 'none'}. "
        f"`aoi learn evolve` made {len(learned)} lessons of {evolved['round']['runs']} failed runs and rejected "
        f"{rejected} candidates, in {evolved['replays']} replays and {evolved['seconds']:.0f} s; all together "
        f"took {took.seconds:.0f} s, with {took.processor_seconds:.0f} s of processor time on {took.cores} cores. "
        f"Measured on {today.isoformat()}.",
    ]
    return "\n".join(lines)


def _share(success: list[bool]) -> str:
    return f"{sum(success)}/{len(success)}"
