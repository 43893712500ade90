"""How far the runs of a task differ from each other."""

from collections.abc import Sequence
from statistics import fmean, pvariance

from domain.evaluation import Evaluation, Scored


def over_runs(tasks: Sequence[Scored]) -> float:
    """Mean over the tasks of the variance of success (0 or 1) over the runs of each; 0 to 0.25."""
    return fmean(pvariance([float(run.success) for run in task.runs]) for task in tasks)


def of_average(evaluation: Evaluation) -> float:
    """Variance over the epochs of the share of tasks that were solved."""
    tasks = evaluation.tasks
    return pvariance([fmean(task.runs[n].success for task in tasks) for n in range(evaluation.epochs)])


def cut(before: float, after: float) -> float | None:
    """By what share it fell; `None` where there was none."""
    return 1 - after / before if before else None
