"""The world of `aoi demo`: the shop, healthy and with a past, on a clock that runs with the wall."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lab.checks import Watched, failures
from lab.cluster.clock import wall_start
from lab.cluster.server import Cluster
from lab.look import look
from lab.questions import question_of
from lab.scenario import Scenario, TaskType
from lab.stage import Stage
from lab.suite import load_suite
from lab.telemetry.serving import TelemetryServer

DEFAULT_SCENARIO: Final = "bad-release"
"""A new version of a service that customers feel at once; going back takes seconds."""
SUITE: Final = "basics"


@dataclass(frozen=True)
class Demo:
    """A live cluster in which an incident waits to happen."""

    stage: Stage
    telemetry: TelemetryServer
    """Its metrics, traces and logs, serving."""

    @property
    def cluster(self) -> Cluster:
        """Serving, and running with the wall clock."""
        return self.stage.cluster

    @property
    def scenario(self) -> Scenario:
        """What is going to happen, and what the engineer asks then."""
        return self.stage.drillable.scenario

    @property
    def question(self) -> str:
        """What the engineer asks."""
        return question_of(self.scenario, TaskType.MITIGATION, self.namespace)

    @property
    def namespace(self) -> str:
        """Where it happens."""
        return self.stage.drillable.namespace

    def strike(self) -> None:
        """Let the incident happen, with the time until somebody asks: the clock catches up with the wall."""
        self.cluster.clock.run(None)
        self.stage.incident()
        self.cluster.clock.run(1.0)

    def symptoms(self) -> tuple[str, ...]:
        """What does not work now, one sentence each; empty while all is well."""
        now = look(self.cluster, self.namespace, self.scenario.recovery)
        return failures(self.scenario.recovery, self.namespace, Watched(now, now))

    def stop(self) -> None:
        """Stop the cluster and its telemetry."""
        self.telemetry.stop()
        self.cluster.stop()


def bring_up(scenario: str = DEFAULT_SCENARIO, seed: int = 1) -> Demo:
    """A healthy application with a past, served and running at the speed of the wall.

    Its clock is behind the wall by as much as the incident takes to be felt and asked about, so that `strike`
    ends at the wall's time. Takes a second or two. Raises BadInput for an unknown scenario.
    """
    task = load_suite(SUITE).matching(scenario).tasks[0]
    lag = task.drillable.scenario.ask_after
    past = timedelta(seconds=Stage.length(task.drillable) + lag)
    stage = Stage.set(task.drillable, seed, wall_start() - past)
    stage.past()
    clock = stage.cluster.clock
    stage.cluster.advance(max(0.0, wall_start().timestamp() - lag - clock.now()))
    clock.run(1.0)
    stage.cluster.start()
    return Demo(stage, TelemetryServer(stage.traffic).start())
