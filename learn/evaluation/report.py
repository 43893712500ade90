"""An evaluation in words: the table for a chat, and the Markdown report. Pure."""

from collections.abc import Iterator

from domain.evaluation import Comparison, Figures, Verdict
from learn.evaluation.gate import GateRule

Row = tuple[str, str, str]


def rows(found: Comparison) -> Iterator[Row]:
    """What was measured, before and after, as texts; the table that people see."""
    old, new = found.before, found.after
    yield "avg@1", f"{old.avg_at_1:.1%}", f"{new.avg_at_1:.1%}"
    if new.epochs > 1:
        yield f"avg@{new.epochs}", str(old.avg_at_k), str(new.avg_at_k)
        yield f"best@{new.epochs}", f"{old.best_at_k:.1%}", f"{new.best_at_k:.1%}"
        yield "std over epochs", f"{old.std:.3f}", f"{new.std:.3f}"
    for kind in found.by_type:
        yield f"{kind.type} ({kind.tasks} tasks)", f"{kind.before:.1%}", f"{kind.after:.1%}"
    yield "runs that did harm", f"{old.harmful:.1%}", f"{new.harmful:.1%}"
    yield "unusable replies", f"{old.unreadable:.1%}", f"{new.unreadable:.1%}"
    yield "calibration error", _error(old), _error(new)


def markdown(found: Comparison, verdict: Verdict, rule: GateRule, notes: tuple[str, ...] = ()) -> str:
    """The report as Markdown; `notes` are sentences on what was trained, from which data."""
    old, new = found.before, found.after
    lines = [
        f"# {new.model} beside {old.model}",
        "",
        f"{old.tasks} held-out tasks, {old.epochs} runs each. Nothing was learned from a fault of their families.",
        *notes,
        "",
        f"| | {old.model} | {new.model} |",
        "|---|---:|---:|",
        *(f"| {name} | {before} | {after} |" for name, before, after in rows(found)),
        "",
        f"## The gate: {'passed' if verdict.passed else 'not passed'}",
        "",
        *(f"- {'yes' if check.passed else '**no**'}, {check.name}: {check.words}" for check in verdict.checks),
        "",
        f"The rule: at least {rule.margin * 100:g} points better and beyond chance, no way of asking worse beyond",
        "chance, no task in which only the candidate does harm, and no more replies that make no decision.",
        "Intervals are 95 %, by the bootstrap over tasks and their runs.",
        "",
    ]
    return "\n".join(lines)


def _error(found: Figures) -> str:
    return "none" if found.calibration_error is None else f"{found.calibration_error:.3f}"
