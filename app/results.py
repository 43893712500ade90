"""What `aoi lab run` measured, and the JSON that scripts rely on.

best@k is the share of tasks that at least one of k epochs solved; avg@k the mean success rate over k epochs.
"""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

from domain.base import Value
from domain.episodes import Episode
from domain.journal import Trajectory


class EpochResult(Value):
    """One run of one task."""

    success: bool
    steps: int
    seconds: float
    """Wall time of the run."""
    reasons: tuple[str, ...] = ()
    """Why it did not succeed; empty when it did."""
    tokens_in: int = 0
    tokens_out: int = 0
    longest_prompt: int = 0
    """Tokens of the longest prompt."""
    replies: int = 0
    """Of a model."""
    confidence: float | None = None
    """Of the conclusion, 0 to 1; `None` where there is none."""
    harmless: bool = True
    """Nothing is worse than before, and nothing was altered where no fault was."""
    finished: bool = True
    """Whether there is an answer, right or wrong."""
    asked_again: int = 0
    """Replies of a model that could not be used and went back to it."""
    stand_ins: int = 0
    """Steps that another policy decided because the model could not."""
    trajectory: Trajectory | None = None
    """The journal of the run; `None` unless a log of it is wanted."""
    published: tuple[str, ...] | None = None
    """Why AIOpsLab's own rules would not pass it; empty when they would, `None` like the trajectory."""
    episode: Episode | None = None
    """The run as learning reads it; `None` unless it is recorded."""


class TaskResult(Value):
    """All epochs of one task."""

    id: str
    type: str
    fault: str
    app: str
    epochs: tuple[EpochResult, ...]

    @property
    def solved(self) -> bool:
        """Whether any epoch succeeded."""
        return any(epoch.success for epoch in self.epochs)

    @property
    def rate(self) -> float:
        """Share of the epochs that succeeded."""
        return fmean(epoch.success for epoch in self.epochs)


class SuiteResult(Value):
    """A whole run of a suite."""

    suite: str
    policy: str
    seed: int
    seconds: float
    tasks: tuple[TaskResult, ...]

    @property
    def epochs(self) -> int:
        """Epochs per task."""
        return len(self.tasks[0].epochs)

    def contract(self) -> dict[str, Any]:
        """The JSON of `--json`: rates are 0..1, seconds are wall time."""
        runs = [epoch for task in self.tasks for epoch in task.epochs]
        by_epoch = [fmean(task.epochs[k].success for task in self.tasks) for k in range(self.epochs)]
        by_type: dict[str, list[TaskResult]] = defaultdict(list)
        for task in self.tasks:
            by_type[task.type].append(task)
        return {
            "suite": self.suite,
            "policy": self.policy,
            "epochs": self.epochs,
            "seed": self.seed,
            "summary": {
                "tasks": len(self.tasks),
                **_rates(self.tasks),
                "avg_at_1": by_epoch[0],
                "std": pstdev(by_epoch),
                "by_type": {
                    kind: {"tasks": len(tasks), **_rates(tasks)} for kind, tasks in sorted(by_type.items())
                },
                "steps_mean": fmean(run.steps for run in runs),
                "tokens_in": sum(run.tokens_in for run in runs),
                "tokens_out": sum(run.tokens_out for run in runs),
                "seconds": self.seconds,
            },
            "tasks": [_task(task) for task in self.tasks],
        }


def _rates(tasks: Sequence[TaskResult]) -> dict[str, float]:
    return {
        "best_at_k": fmean(task.solved for task in tasks),
        "avg_at_k": fmean(task.rate for task in tasks),
    }


def _task(task: TaskResult) -> dict[str, Any]:
    return {
        "id": task.id,
        "type": task.type,
        "fault": task.fault,
        "app": task.app,
        "success": [epoch.success for epoch in task.epochs],
        "steps": [epoch.steps for epoch in task.epochs],
        "seconds": [epoch.seconds for epoch in task.epochs],
    }
