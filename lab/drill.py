"""One task, prepared on a fresh cluster: the application, its past, and the incident, up to the question."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import Final, Self

from domain.diagnosis import Diagnosis
from domain.errors import BadInput
from lab import rename
from lab.checks import Watched
from lab.cluster.server import Cluster
from lab.grade import Case, Grade, Grader, grade
from lab.look import fares, look
from lab.operations import Operation
from lab.questions import question_of
from lab.scenario import Scenario, TaskType
from lab.stage import Stage
from lab.suite import Task
from lab.view import View

POLL_SECONDS: Final = 5.0
POLLS: Final = 12
"""AIOpsLab's one polling grader looks every five seconds for a minute."""


@dataclass
class Drill:
    """A prepared task; leave it by `with`, which stops its cluster."""

    stage: Stage
    case: Case

    @classmethod
    def prepare(cls, task: Task, seed: int, renamed: random.Random | None = None) -> Self:
        """A fresh cluster in which the incident has happened. Raises BadInput when the application is not well."""
        drillable = task.drillable if renamed is None else rename.rename(task.drillable, renamed)
        return cls.on(Stage.set(drillable, seed), task.type)

    @classmethod
    def on(cls, stage: Stage, kind: TaskType) -> Self:
        """The past and the incident on a stage that is set. Raises BadInput when the application is not well."""
        try:
            stage.past()
            stage.incident()
        except BadInput:
            stage.cluster.stop()
            raise
        stage.traffic.catch_up()
        drillable = stage.drillable
        asked = look(stage.cluster, drillable.namespace, ())
        return cls(stage, Case(drillable.scenario, kind, drillable.namespace, asked))

    def asking(self, kind: TaskType) -> Self:
        """The same world, asked in another way."""
        return replace(self, case=replace(self.case, type=kind))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cluster.stop()

    @property
    def cluster(self) -> Cluster:
        """Frozen and not yet serving; an agent needs `start()`."""
        return self.stage.cluster

    @property
    def scenario(self) -> Scenario:
        """What happened, and what is right."""
        return self.case.scenario

    @property
    def question(self) -> str:
        """What the engineer asks."""
        return question_of(self.scenario, self.case.type, self.namespace)

    @property
    def namespace(self) -> str:
        """Where the incident is."""
        return self.case.namespace

    def perform(self, operations: Iterable[Operation]) -> None:
        """Do these, in seconds from now: the reference fix, or a near miss."""
        self.stage.repair(operations)

    def grade(self, diagnosis: Diagnosis | None, grader: Grader = grade) -> Grade:
        """Judge the end world and an answer. The first call ends the drill; more answers may follow."""
        return grader(self.case, diagnosis, self.end)

    @cached_property
    def end(self) -> Watched:
        """The world as it was left, over the minute after, and after the watch time."""
        scenario, cluster = self.scenario, self.cluster
        checks = (*scenario.recovery, *scenario.removed, *(scenario.aiopslab.healthy if scenario.aiopslab else ()))
        left = look(cluster, self.namespace, ())
        start = cluster.clock.now()
        minute: list[View] = []
        while scenario.aiopslab is not None and scenario.aiopslab.polls and len(minute) < POLLS:
            cluster.advance(POLL_SECONDS)
            minute.append(look(cluster, self.namespace, ()))
        cluster.advance(max(0.0, start + scenario.watch - cluster.clock.now()))
        settled = look(cluster, self.namespace, checks)
        routes = fares(self.stage.traffic, self.namespace, start + scenario.watch / 2)
        return Watched(left, replace(settled, routes=routes), tuple(minute))
