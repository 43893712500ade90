"""The traffic of a cluster, as telemetry reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lab.cluster.server import Cluster
from lab.traffic.history import History
from lab.traffic.load import Load
from lab.traffic.timeline import Timeline


@dataclass(frozen=True)
class Traffic:
    """What happened in a cluster since it was first watched, and how requests fared in it."""

    cluster: Cluster
    history: History
    timeline: Timeline
    seed: int
    """Of the noise."""

    @classmethod
    def watch(cls, cluster: Cluster, loads: Iterable[tuple[str, Load]], seed: int) -> Self:
        """Begin to watch, with the loads by namespace; what was before stays unknown."""
        history = History(cluster.world)
        return cls(cluster, history, Timeline(history, loads, seed), seed)

    def now(self) -> float:
        """The cluster's time, epoch seconds."""
        return self.cluster.clock.now()

    def catch_up(self) -> None:
        """Work out the past now, so that all forks of a world find it done."""
        self.timeline.until(self.now())
