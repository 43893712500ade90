"""The measured tables as people read them in `docs/benchmarks.md`, between two marks."""

from collections.abc import Sequence

from domain.evaluation import Comparison, Scored
from tests.bench.learning.one_seed import Seed


def tables(seeds: Sequence[Seed], whole: Comparison, rule: float) -> str:
    """Per seed, over all seeds, and by way of asking."""
    lines = [
        "| seed | prompts | reward, first and last 20 steps | warm start, avg@1 | after GRPO, avg@1 | training |",
        "|---:|---:|---:|---:|---:|---:|",
        *map(_seed, seeds),
        "",
        f"Over {len(seeds)} seed{'s' if len(seeds) > 1 else ''}, {whole.before.tasks} held-out tasks,"
        f" each run {_times(whole.before.epochs)} with either model: {whole.before.avg_at_k} before and"
        f" {whole.after.avg_at_k} after, a change of {whole.change} (95 %, over tasks and runs). {apart(whole)}"
        f" A reader without a mistake solves {rule:.1%} in the same form.",
        "",
        "| way of asking | tasks | warm start | after GRPO | change |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {kind.type} | {kind.tasks} | {kind.before:.1%} | {kind.after:.1%} | {kind.change} |"
            for kind in whole.by_type
        ),
        "",
        f"Runs that did harm: {whole.before.harmful:.1%} before, {whole.after.harmful:.1%} after. Replies that"
        f" made no decision: {whole.before.unreadable:.1%} and {whole.after.unreadable:.1%}.",
    ]
    return "\n".join(lines)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def apart(whole: Comparison) -> str:
    """Whether the intervals overlap."""
    clear = whole.after.avg_at_k.low > whole.before.avg_at_k.high
    return f"The intervals {'do not overlap' if clear else 'overlap'}."


def pooled(seeds: Sequence[tuple[Scored, ...]]) -> tuple[Scored, ...]:
    """The same tasks with the runs of all seeds."""
    return tuple(
        tasks[0].model_copy(update={"runs": tuple(run for task in tasks for run in task.runs)})
        for tasks in zip(*seeds, strict=True)
    )


def _seed(one: Seed) -> str:
    first, last = (sum(part) / len(part) for part in (one.rewards[:20], one.rewards[-20:]))
    rates = [sum(task.rate for task in found.tasks) / len(found.tasks) for found in (one.before, one.after)]
    minutes = one.training_seconds / 60
    return (
        f"| {one.seed} | {one.prompts} | {first:.2f}, {last:.2f} | {rates[0]:.1%} | {rates[1]:.1%} |"
        f" {minutes:.0f} min |"
    )
