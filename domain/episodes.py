"""What learning reads: a run with all that is known of it, from production and from the lab alike."""

from datetime import datetime

from domain.actions import Action
from domain.base import Value
from domain.cluster import Ref
from domain.diagnosis import Cause, FaultType, SystemLevel
from domain.journal import Trajectory
from domain.model import ModelCall


class Replay(Value):
    """Where a run can be played again: a task of the lab, and what made this run of it."""

    suite: str
    """A built-in suite, or a scenario file or folder, as `aoi lab run --suite` takes it."""
    task: str
    """Its id in the suite."""
    family: str
    """Its family of faults; what learns from it is never measured on the same family."""
    seed: int
    rename: bool = False
    """Whether every object had a random name, by the seed."""


class Graded(Value):
    """The lab's strict verdict."""

    success: bool
    harmless: bool
    answer_right: bool
    reasons: tuple[str, ...] = ()
    """Why not, one sentence each; empty on success."""


class Truth(Value):
    """What a right answer says, where somebody knows: the lab, or a person who corrected AOI."""

    anomaly: bool
    causes: tuple[Cause, ...] = ()
    """Any of these is right."""
    components: tuple[Ref, ...] = ()
    """The objects at fault, by the names of the run; any of these is right as the first to blame."""
    system_level: SystemLevel | None = None
    fault_type: FaultType | None = None
    repairs: tuple[Action, ...] = ()
    """Typed writes that are known to have helped; empty where none is known."""


class Episode(Value):
    """One run."""

    trajectory: Trajectory
    calls: tuple[ModelCall, ...] = ()
    """Of the model, oldest first; empty for the playbook."""
    replay: Replay | None = None
    """`None` where it cannot be played again."""
    graded: Graded | None = None
    """`None` outside the lab."""
    truth: Truth | None = None
    kept_at: datetime | None = None
    """When a run of the lab was kept: its journal goes by the lab's clock. `None` in production."""

    @property
    def id(self) -> str:
        """The incident's id, which is unique over production and the lab."""
        return self.trajectory.incident.id

    @property
    def at(self) -> datetime:
        """When the run last went on, or people last said something of it."""
        if self.kept_at is not None:
            return self.kept_at
        times = (self.trajectory.incident.updated_at, *(entry.at for entry in self.trajectory.entries[-1:]))
        return max(times)
