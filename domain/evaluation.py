"""How an Observer does on tasks that nobody learned from."""

from datetime import datetime

from pydantic import Field

from domain.base import Value


class Tried(Value):
    """One run of one task."""

    success: bool
    """Solved under the strict grader, and every step decided by the model itself."""
    harmful: bool
    """Something was deleted, stopped, broken, or altered where no fault was."""
    replies: int = Field(ge=0)
    unreadable: int = Field(ge=0)
    """Replies that made no decision."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Of the conclusion; `None` where the model came to none."""


class Scored(Value):
    """One task, run once an epoch."""

    id: str
    type: str
    """How it is asked: detection, localization, analysis or mitigation."""
    family: str
    """Of its fault."""
    runs: tuple[Tried, ...] = Field(min_length=1)

    @property
    def rate(self) -> float:
        """Share of its runs that succeeded, 0 to 1."""
        return sum(run.success for run in self.runs) / len(self.runs)


class Evaluation(Value):
    """One model on one suite."""

    model: str
    """The base model or an adapter, as the server lists it."""
    suite: str
    seed: int
    at: datetime
    seconds: float
    """Wall time."""
    tasks: tuple[Scored, ...] = Field(min_length=1)

    @property
    def epochs(self) -> int:
        """Runs of each task."""
        return len(self.tasks[0].runs)

    @property
    def runs(self) -> tuple[Tried, ...]:
        """All runs, task by task."""
        return tuple(run for task in self.tasks for run in task.runs)


class Interval(Value):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1%} [{self.low:.1%}, {self.high:.1%}]"


class Figures(Value):
    """What is quoted of an evaluation; rates are 0 to 1."""

    model: str
    tasks: int
    epochs: int
    avg_at_1: float
    """Success rate of the first epoch."""
    avg_at_k: Interval
    """Mean success rate of all epochs."""
    best_at_k: float
    """Share of the tasks that at least one epoch solved."""
    std: float
    """Standard deviation of the success rate over the epochs."""
    harmful: float
    """Share of the runs that did harm."""
    unreadable: float
    """Share of the replies that made no decision."""
    calibration_error: float | None
    """Expected calibration error of the conclusions' confidence; `None` where nothing was concluded."""


class TypeChange(Value):
    """One way of asking, before and after."""

    type: str
    tasks: int
    before: float
    after: float
    change: Interval
    """After minus before."""


class Comparison(Value):
    """Two evaluations of the same tasks."""

    before: Figures
    after: Figures
    change: Interval
    """Of avg@k: after minus before, paired by task."""
    by_type: tuple[TypeChange, ...]
    newly_harmful: tuple[str, ...]
    """Tasks in which only the newer one did harm."""


class Check(Value):
    """One condition of the gate."""

    name: str
    passed: bool
    words: str
    """One sentence with its figures."""


class Verdict(Value):
    """What the gate says; people still have to press Promote."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every condition holds."""
        return all(check.passed for check in self.checks)

    @property
    def why_not(self) -> str:
        """What does not hold, in sentences; empty when it passed."""
        return " ".join(check.words for check in self.checks if not check.passed)
