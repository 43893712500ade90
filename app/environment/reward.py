"""What an episode was worth: the strict grader's verdict, and beside it what a young policy can climb on."""

from statistics import fmean

from domain.base import Value
from domain.journal import Decided, Probed, Refused, Trajectory
from lab.grade import Grade
from lab.scenario import TaskType


class Reward(Value):
    """The parts of a reward, each 0 to 1."""

    solved: float
    """The strict grader: 1 or 0. The only part that counts unless a shaping weight is given."""
    answered: float
    """Whether the answer alone is right."""
    mended: float
    """Half for a fault that is gone, half for a service that works; as `answered` where no repair is asked."""
    harmless: float
    """Whether nothing else was harmed."""
    orderly: float
    """Share of the decisions that AOI could carry out: no failed probe, no refused proposal."""
    thrifty: float
    """Share of the budget of decisions that was left."""

    @property
    def shaping(self) -> float:
        """The mean of all parts but `solved`."""
        return fmean((self.answered, self.mended, self.harmless, self.orderly, self.thrifty))

    def total(self, weight: float) -> float:
        """`solved` with the shaping beside it, still 0 to 1; weight 0 is the strict grader alone."""
        return (1 - weight) * self.solved + weight * self.shaping


def reward_of(grade: Grade, kind: TaskType, trajectory: Trajectory) -> Reward:
    """The parts for a graded run. Who harmed nothing because nothing was done gets that part all the same."""
    steps = [entry.step for entry in trajectory.entries]
    decided = sum(isinstance(step, Decided) for step in steps)
    wrong = sum(isinstance(s, Refused) or (isinstance(s, Probed) and s.status == "failed") for s in steps)
    mended = (grade.fault_removed + grade.recovered) / 2
    return Reward(
        solved=float(grade.success),
        answered=float(grade.answer_right),
        mended=mended if kind is TaskType.MITIGATION else float(grade.answer_right),
        harmless=float(grade.harmless),
        orderly=1 - min(1.0, wrong / max(1, decided)),
        thrifty=max(0.0, 1 - decided / trajectory.incident.budget.steps),
    )
