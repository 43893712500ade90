"""The measured tables as people read them in `docs/benchmarks.md`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.evaluation import Evaluation
from learn.evaluation.compare import compare
from tests.bench.docs import table
from tests.bench.evolver.settings import WHOLE, Evolved
from tests.bench.evolver.spread import cut, of_average, over_runs

POINTS, CUT = 4.8, 0.35
"""What lessons shall be worth: points of avg@5, and the share by which the variance over runs falls."""
NONE = "no lessons"


@dataclass(frozen=True)
class Measured:
    """What the bench came to."""

    found: Mapping[str, Evaluation]
    """By arm, the one without lessons among them."""
    evolved: Mapping[str, Evolved]
    """By setting."""
    arms: Mapping[str, str]
    """The arm whose runs stand for each setting: equal lessons are run once."""
    first: Sequence[float]
    """Share of its first runs that each task of the first pass solved."""


def tables(measured: Measured) -> str:
    """The settings beside each other, and by way of asking."""
    head = (
        "", "lessons", "avg@5", "change, points", "variance over runs", "cut", "variance of the average", "harm",
    )  # fmt: skip
    rows = [_row(measured, NONE), *(_row(measured, setting) for setting in measured.evolved)]
    before, after = measured.found[NONE], measured.found[WHOLE.name]
    kinds = compare(before, after).by_type
    return "\n".join(
        (
            table(head, rows),
            "",
            _said(measured),
            "",
            table(
                ("way of asking", "tasks", "no lessons", "lessons", "change"),
                [(k.type, str(k.tasks), f"{k.before:.1%}", f"{k.after:.1%}", str(k.change)) for k in kinds],
            ),
        )
    )


def holds(measured: Measured) -> bool:
    """Whether lessons are worth what they shall be."""
    before, after = measured.found[NONE], measured.found[WHOLE.name]
    fell = cut(over_runs(before.tasks), over_runs(after.tasks))
    return 100 * compare(before, after).change.value >= POINTS and fell is not None and fell >= CUT


def _row(measured: Measured, name: str) -> tuple[str, ...]:
    before = measured.found[NONE]
    after = measured.found[NONE if name == NONE else measured.arms[name]]
    found = compare(before, after)
    lessons = str(len(measured.evolved[name].lessons)) if name != NONE else ""
    spread, average = over_runs(after.tasks), of_average(after)
    change = found.change
    points = f"{100 * change.value:+.1f} [{100 * change.low:.1f}, {100 * change.high:.1f}]"
    fell = cut(over_runs(before.tasks), spread)
    told = ("", "") if name == NONE else (points, f"{fell:.0%}" if fell is not None else "")
    return (
        *(name, lessons, str(found.after.avg_at_k), told[0]),
        *(f"{spread:.3f}", told[1], f"{average:.5f}", f"{found.after.harmful:.1%}"),
    )


def _said(measured: Measured) -> str:
    whole, before = measured.evolved[WHOLE.name], measured.found[NONE]
    count, failed = len(measured.first), sum(rate < 1 for rate in measured.first)
    shared = [name for name, arm in measured.arms.items() if name != arm]
    same = f" Equal lessons were run once: {', '.join(shared)}." if shared else ""
    families = Counter(task.family for task in before.tasks)
    told = ", ".join(f"{name} ({number})" for name, number in sorted(families.items()))
    return (
        f"{failed} of {count} train tasks failed at least once in their first runs;"
        f" {len(before.tasks)} of them are measured, {before.epochs} runs each: {told}."
        f" The judge asked for {whole.replays} replays, rejected {whole.rejected} candidates and kept"
        f" {whole.alternatives} alternatives.{same}"
        f" Wanted: {POINTS} points and {CUT:.0%}; {'both hold' if holds(measured) else 'that does not hold'}."
        f" Measured on {before.at.date().isoformat()}."
    )
