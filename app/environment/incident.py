"""The environment itself: TRL's `environment_factory` takes the class as it is.

    from functools import partial
    GRPOTrainer(..., environment_factory=partial(IncidentEnvironment, shaping=0.2))

Every public method but `reset` and `get_reward` is a tool of the model; a ValueError is what the model is told.
An episode is AOI's own graph with the model in the Observer's chair, so budgets, guardrails and the journal are
those of production. Equal seeds and equal calls give equal episodes.
"""

import random
import weakref
from collections.abc import Callable
from typing import Any, Literal

from app.environment.looks import Looks
from app.environment.object_writes import ObjectWrites
from app.environment.reward import Reward, reward_of
from app.environment.seat import Over, Run
from app.environment.workload_writes import WorkloadWrites
from app.showing import findings_of, hypotheses_of, text_of
from app.timeline import told
from domain.actions import Action
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Cause, Diagnosis, FaultType, SystemLevel
from domain.errors import BadInput
from domain.journal import Decided, Entry, Probed, Proposed, Trajectory, Triaged, Verified
from domain.ports import Sight
from domain.probes import ProbeCall
from lab.drill import Drill
from lab.suite import load_suite


class IncidentEnvironment(Looks, WorkloadWrites, ObjectWrites):
    """One incident an episode, on a cluster of its own, which ends with the reward, a reset or the object."""

    def __init__(self, shaping: float = 0.0) -> None:
        """`shaping`, 0 to 1, is the weight of the shaping parts in `get_reward`; 0 is the strict grader alone."""
        self.reward: Reward | None = None
        """The parts of the last reward; `None` before `get_reward`."""
        self.trajectory: Trajectory | None = None
        """The journal so far; `None` before `reset`."""
        self._shaping = shaping
        self._drill: Drill | None = None
        self._run: Run | None = None
        self._told = 0
        self._answer: Diagnosis | None = None
        self._close: Callable[[], object] = lambda: None

    @property
    def namespace(self) -> str:
        """Where the incident is; empty before `reset`."""
        return self._drill.namespace if self._drill else ""

    def reset(self, task: str, suite: str = "basics", seed: int = 0, rename: bool = False, **_row: object) -> str:
        """Begin an episode: the question, and what the first look shows.

        `rename` gives every object and label a random name. Other columns of the row are left alone. Raises
        BadInput for an unknown suite or task.
        """
        self._close()
        found = next((each for each in load_suite(suite).tasks if each.id == task), None)
        if found is None:
            raise BadInput(f"The suite {suite} has no task `{task}`; `aoi lab list --suite {suite}` names them.")
        renamed = random.Random(seed) if rename else None  # noqa: S311 - names, not secrets
        self._drill = Drill.prepare(found, seed, renamed)
        self._run = Run(self._drill)
        self._close = weakref.finalize(self, _close, self._run, self._drill)
        self._told, self._answer, self.reward = 0, None, None
        return self._news(self._run.next())

    def conclude(
        self,
        anomaly: bool,
        root_cause: str,
        kind: str = "",
        name: str = "",
        cause: str = "",
        system_level: Literal["", "Hardware", "Operating System", "Virtualization", "Application"] = "",
        fault_type: Literal[
            "",
            "Misconfiguration",
            "Code Defect",
            "Authentication Issue",
            "Network/Storage Issue",
            "Operation Error",
            "Dependency Problem",
        ] = "",
    ) -> str:
        """
        Give the answer and end the episode.

        Args:
            anomaly: Whether anything is, or was before the repair, wrong.
            root_cause: What is wrong, in a sentence.
            kind: Kind of the object at fault; empty when nothing is wrong.
            name: Name of the object at fault.
            cause: One of the causes that the instructions name, such as image-pull.
            system_level: The layer that holds the fault.
            fault_type: The kind of fault.
        """
        if cause and cause not in tuple(Cause):
            raise ValueError(f"There is no cause {cause!r}; the causes are {', '.join(Cause)}.")
        self._check_running()
        self._answer = Diagnosis(
            anomaly=anomaly,
            components=(self._ref(kind, name),) if kind and name else (),
            cause=Cause(cause) if cause else None,
            system_level=SystemLevel(system_level) if system_level else None,
            fault_type=FaultType(fault_type) if fault_type else None,
            root_cause=root_cause,
        )
        return self._decide(Conclude, summary=root_cause, diagnosis=self._answer, resolved=True)

    def get_reward(self) -> float:
        """The worth of the episode, 0 to 1; its parts stay in `reward`. Ends the episode and its cluster."""
        if self.reward is None:
            if self._drill is None or self._run is None:
                raise BadInput("No episode has begun; call reset first.")
            self._run.leave()
            assert self.trajectory is not None
            # Not the trajectory's answer: when a budget ends, AOI itself says what its rules hold.
            grade = self._drill.grade(self._answer)
            self.reward = reward_of(grade, self._drill.case.type, self.trajectory)
            self._close()
        return self.reward.total(self._shaping)

    def _look(self, call: ProbeCall) -> str:
        return self._decide(Probe, summary="Looks further.", calls=(call,))

    def _propose(self, action: Action) -> str:
        return self._decide(Propose, summary="Tries a repair.", action=action, why="The model proposes it.")

    def _decide(self, kind: type[Decision], **said: Any) -> str:
        return self._news(self._check_running().decide(kind(confidence=0.5, **said)))

    def _check_running(self) -> Run:
        run = self._run
        if run is None or self.reward is not None or (self.trajectory and self.trajectory.incident.status.final):
            raise ValueError("The episode is over.")
        return run

    def _news(self, shown: Sight | Over) -> str:
        """What has happened since the last decision, in words."""
        self.trajectory = shown.trajectory
        fresh = self.trajectory.entries[self._told :]
        self._told = len(self.trajectory.entries)
        return text_of(_words(entry) for entry in fresh if not isinstance(entry.step, Decided))


def _words(entry: Entry) -> str:
    match entry.step:
        case Triaged() | Verified() as look:
            return text_of((told(look), *findings_of(look.findings), *hypotheses_of(look.hypotheses)))
        case Probed() as probed:
            return text_of((told(probed), *findings_of(probed.findings)))
        case Proposed(proposal=proposal):
            return f"{told(entry.step)}\n{proposal.plan.diff}"
        case other:
            return told(other)


def _close(run: Run, drill: Drill) -> None:
    run.leave()
    drill.cluster.stop()
