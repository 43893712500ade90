"""From runs to figures, and from two evaluations to what changed. Pure."""

from collections.abc import Iterator, Sequence
from statistics import fmean, pstdev

from domain.errors import BadInput
from domain.evaluation import Comparison, Evaluation, Figures, Scored, Tried, TypeChange
from learn.evaluation.bootstrap import interval_of_change, interval_of_mean

BINS = 10


def figures(evaluation: Evaluation) -> Figures:
    """What is quoted of an evaluation."""
    tasks, runs = evaluation.tasks, evaluation.runs
    by_epoch = [fmean(task.runs[n].success for task in tasks) for n in range(evaluation.epochs)]
    replies = sum(run.replies for run in runs)
    return Figures(
        model=evaluation.model,
        tasks=len(tasks),
        epochs=evaluation.epochs,
        avg_at_1=by_epoch[0],
        avg_at_k=interval_of_mean(tasks),
        best_at_k=fmean(any(run.success for run in task.runs) for task in tasks),
        std=pstdev(by_epoch),
        harmful=fmean(run.harmful for run in runs),
        unreadable=sum(run.unreadable for run in runs) / replies if replies else 0.0,
        calibration_error=calibration_error(runs),
    )


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """What changed between two evaluations.

    Raises:
        BadInput: they are not of the same tasks, epochs and seed, so a difference would mean nothing.
    """
    if _asked(before) != _asked(after):
        raise BadInput(
            f"{before.model} and {after.model} were not measured on the same tasks, epochs and seed; "
            "run `aoi learn evaluate` for both anew."
        )
    return Comparison(
        before=figures(before),
        after=figures(after),
        change=interval_of_change(before.tasks, after.tasks),
        by_type=tuple(_by_type(before.tasks, after.tasks)),
        newly_harmful=tuple(
            new.id
            for old, new in zip(before.tasks, after.tasks, strict=True)
            if any(run.harmful for run in new.runs) and not any(run.harmful for run in old.runs)
        ),
    )


def bins(runs: Sequence[Tried]) -> list[tuple[float, float, int]]:
    """Mean confidence, share of successes and number of runs, for each tenth of confidence that has runs."""
    held: list[list[Tried]] = [[] for _ in range(BINS)]
    for run in runs:
        if run.confidence is not None:
            held[min(int(run.confidence * BINS), BINS - 1)].append(run)
    return [
        (fmean(run.confidence or 0.0 for run in group), fmean(run.success for run in group), len(group))
        for group in held
        if group
    ]


def calibration_error(runs: Sequence[Tried]) -> float | None:
    """Expected calibration error (Naeini et al., AAAI 2015): 0 is perfect, `None` where nothing was concluded."""
    found = bins(runs)
    total = sum(count for _, _, count in found)
    return sum(abs(said - came) * count for said, came, count in found) / total if total else None


def _asked(evaluation: Evaluation) -> object:
    return evaluation.suite, evaluation.seed, [(task.id, len(task.runs)) for task in evaluation.tasks]


def _by_type(before: Sequence[Scored], after: Sequence[Scored]) -> Iterator[TypeChange]:
    for kind in sorted({task.type for task in before}):
        old = [task for task in before if task.type == kind]
        new = [task for task in after if task.type == kind]
        yield TypeChange(
            type=kind,
            tasks=len(old),
            before=fmean(task.rate for task in old),
            after=fmean(task.rate for task in new),
            change=interval_of_change(old, new),
        )
