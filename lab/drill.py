"""One task, prepared on a fresh cluster: the application, its past, and the incident, up to the question."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from domain.diagnosis import Diagnosis
from domain.errors import BadInput
from lab import rename
from lab.applications import Drillable
from lab.checks import Call, Watched
from lab.cluster import behaviour_file
from lab.cluster.server import Cluster
from lab.grade import Case, Grade, grade
from lab.hands import Hands
from lab.look import look
from lab.operations import Operation
from lab.scenario import Scenario
from lab.suite import Task
from lab.view import View, is_available

SETTLE: Final = 600.0
"""Seconds that the freshly applied application gets before its history begins."""
CALM: Final = 300.0
"""Seconds before the first event of the past."""


@dataclass
class Drill:
    """A prepared task. The caller starts the cluster's server for an agent, and stops it."""

    cluster: Cluster
    hands: Hands
    case: Case

    @classmethod
    def prepare(cls, task: Task, seed: int, renamed: random.Random | None = None) -> Self:
        """A fresh cluster in which the incident has happened. Raises BadInput when the application is not well."""
        drillable = task.drillable if renamed is None else rename.rename(task.drillable, renamed)
        stage = Stage.set(drillable, seed)
        stage.past()
        stage.incident()
        asked = look(stage.cluster, drillable.namespace, ())
        case = Case(drillable.scenario, task.type, drillable.namespace, asked)
        return cls(stage.cluster, stage.hands, case)

    @property
    def scenario(self) -> Scenario:
        """What happened, and what is right."""
        return self.case.scenario

    @property
    def question(self) -> str:
        """What the engineer asks."""
        return self.scenario.question

    @property
    def namespace(self) -> str:
        """Where the incident is."""
        return self.case.namespace

    def perform(self, operations: Iterable[Operation]) -> None:
        """Do these, in seconds from now: the reference fix, or a near miss."""
        _play(operations, self.cluster, self.hands, self.cluster.clock.now())

    def grade(self, diagnosis: Diagnosis | None) -> Grade:
        """Judge the end world and an answer. The first call ends the drill; more answers may follow."""
        return grade(self.case, diagnosis, self.end)

    @cached_property
    def end(self) -> Watched:
        """The world as it was left, and after the watch time."""
        calls = [c for c in (*self.scenario.recovery, *self.scenario.removed) if isinstance(c, Call)]
        left = look(self.cluster, self.namespace, ())
        self.cluster.advance(self.scenario.watch)
        return Watched(left, look(self.cluster, self.namespace, calls))


@dataclass
class Stage:
    """A cluster with an application on it, whose past and incident can be played."""

    cluster: Cluster
    hands: Hands
    drillable: Drillable

    @classmethod
    def set(cls, drillable: Drillable, seed: int) -> Self:
        """A frozen cluster with the application applied and settled."""
        behaviours = behaviour_file.load().joined(drillable.application.behaviours)
        cluster = Cluster(seed=seed, behaviours=behaviours.joined(drillable.scenario.behaviours))
        stage = cls(cluster, Hands(cluster, drillable.namespace), drillable)
        stage.hands.apply(drillable.application.manifests, "kubectl-client-side-apply")
        cluster.advance(SETTLE)
        return stage

    def past(self) -> None:
        """History and noise, up to the start of the incident. Raises BadInput when something is not well then."""
        application, scenario = self.drillable.application, self.drillable.scenario
        past = (*application.app.history, *scenario.history, *scenario.noise)
        start = self.cluster.clock.now() + max((-operation.at for operation in past), default=0.0) + CALM
        _play(past, self.cluster, self.hands, start)
        self.cluster.advance(max(0.0, start - self.cluster.clock.now()))
        unwell = [str(ref) for ref, obj in self._view().of_kind("Deployment") if not is_available(obj)]
        if unwell:
            raise BadInput(
                f"The scenario {scenario.name} does not start from a healthy application: {', '.join(unwell)}; "
                "mend its manifests, behaviours or history."
            )

    def incident(self) -> None:
        """The fault, and the time until somebody asks."""
        scenario = self.drillable.scenario
        start = self.cluster.clock.now()
        _play(scenario.fault, self.cluster, self.hands, start)
        self.cluster.advance(max(0.0, start + scenario.ask_after - self.cluster.clock.now()))

    def _view(self) -> View:
        return look(self.cluster, self.drillable.namespace, ())


def _play(operations: Iterable[Operation], cluster: Cluster, hands: Hands, start: float) -> None:
    """Do operations at their times relative to `start` (epoch seconds), oldest first."""
    for operation in sorted(operations, key=lambda operation: operation.at):
        cluster.advance(max(0.0, start + operation.at - cluster.clock.now()))
        hands.perform(operation)
        cluster.settle()
