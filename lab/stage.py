"""A cluster with an application on it, whose past and incident are played in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Self

from domain.cluster import Ref
from domain.errors import BadInput
from lab.applications import Drillable
from lab.cluster import behaviour_file
from lab.cluster.behaviour import Behaviours
from lab.cluster.server import Cluster
from lab.hands import Hands
from lab.operations import Operation
from lab.targets import Manifest
from lab.traffic.traffic import Traffic
from lab.view import is_available

SETTLE: Final = 600.0
"""Seconds that the freshly applied application gets before its history begins."""
CALM: Final = 300.0
"""Seconds before the first event of the past."""
AFTERMATH: Final = 20.0
"""Seconds that are lived through at a time until all is well, and quiet hours may be skipped."""
PRELUDE: Final = 16.0
"""Seconds before each event that are lived through, so that probes and calls are fresh."""


@dataclass
class Stage:
    """A cluster with an application on it, whose past and incident can be played."""

    cluster: Cluster
    hands: Hands
    drillable: Drillable
    traffic: Traffic
    """Watched from the beginning, so that metrics and traces have a past."""

    @classmethod
    def set(cls, drillable: Drillable, seed: int, start: datetime | None = None) -> Self:
        """A frozen cluster that begins at `start`, with the application applied and settled."""
        behaviours = _public_images().joined(drillable.application.behaviours)
        cluster = Cluster(seed=seed, start=start, behaviours=behaviours.joined(drillable.scenario.behaviours))
        load = drillable.application.app.load
        traffic = Traffic.watch(cluster, [] if load is None else [(drillable.namespace, load)], seed)
        hands = Hands(cluster, drillable.namespace, _manifests(drillable))
        stage = cls(cluster, hands, drillable, traffic)
        try:
            stage.hands.apply(_manifests(drillable), "kubectl-client-side-apply")
        except BadInput:
            cluster.stop()
            raise
        stage._pass_until(cluster.clock.now() + SETTLE)
        return stage

    @staticmethod
    def length(drillable: Drillable) -> float:
        """Seconds from the start of the cluster to the start of the incident."""
        return SETTLE + CALM + max((-operation.at for operation in _past(drillable)), default=0.0)

    def past(self) -> None:
        """History and noise, up to the start of the incident. Raises BadInput when something is not well then."""
        incident = self.cluster.clock.now() + self.length(self.drillable) - SETTLE
        for operation in sorted(_past(self.drillable), key=_time):
            self._pass_until(incident + operation.at)
            self._do(operation)
        self._pass_until(incident)
        if unwell := self._unwell():
            raise BadInput(
                f"The scenario {self.drillable.scenario.name} does not start from a healthy application: "
                f"{', '.join(map(str, unwell))}; mend its manifests, behaviours or history."
            )

    def incident(self) -> None:
        """The fault, and the time until somebody asks."""
        start = self.cluster.clock.now()
        self._play(self.drillable.scenario.fault, start)
        self._wait_until(start + self.drillable.scenario.ask_after)

    def repair(self, operations: Iterable[Operation]) -> None:
        """Do these, in seconds from now."""
        self._play(operations, self.cluster.clock.now())

    def _play(self, operations: Iterable[Operation], start: float) -> None:
        """Do operations at their times relative to `start` (epoch seconds), oldest first."""
        for operation in sorted(operations, key=_time):
            self._wait_until(start + operation.at)
            self._do(operation)

    def _do(self, operation: Operation) -> None:
        self.hands.perform(operation)
        self.cluster.settle()

    def _pass_until(self, at: float) -> None:
        """Live on until all is well, then skip quiet hours, in which nothing would happen but probes."""
        clock = self.cluster.clock
        self._wait_until(min(at, clock.now() + AFTERMATH))
        while clock.now() < at and self._unwell():
            self._wait_until(min(at, clock.now() + AFTERMATH))
        clock.advance(max(0.0, at - PRELUDE - clock.now()))
        self._wait_until(at)

    def _wait_until(self, at: float) -> None:
        self.cluster.advance(max(0.0, at - self.cluster.clock.now()))

    def _unwell(self) -> list[Ref]:
        return [
            Ref(kind=kind, name=workload["metadata"]["name"], namespace=workload["metadata"]["namespace"])
            for kind in ("Deployment", "StatefulSet")
            for workload in self.cluster.store.list(kind)
            if not is_available(workload)
        ]


@cache
def _public_images() -> Behaviours:
    """Read once: it is the same file for every cluster."""
    return behaviour_file.load()


def _manifests(drillable: Drillable) -> tuple[Manifest, ...]:
    """The application's, after its namespace where it brings none itself."""
    given = drillable.application.manifests
    if any(each["kind"] == "Namespace" and each["metadata"]["name"] == drillable.namespace for each in given):
        return given
    return ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": drillable.namespace}}, *given)


def _past(drillable: Drillable) -> tuple[Operation, ...]:
    scenario = drillable.scenario
    return (*drillable.application.app.history, *scenario.history, *scenario.noise)


def _time(operation: Operation) -> float:
    return operation.at
