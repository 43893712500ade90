"""The Observer's chair with somebody else in it: the graph runs in a thread of its own and waits for decisions."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from queue import Queue
from threading import Thread

from app.lab_agent import run_agent
from app.lab_drill import DATABASE, migrated
from domain.decisions import Conclude, Decision
from domain.diagnosis import Diagnosis
from domain.journal import Trajectory
from domain.ports import Sight
from lab.drill import Drill
from lab.scenario import TaskType
from lab.telemetry.serving import TelemetryServer

LEFT: Conclude = Conclude(
    summary="The episode was left.",
    confidence=0,
    diagnosis=Diagnosis(anomaly=False, root_cause="The episode was left without an answer."),
    resolved=False,
)


@dataclass(frozen=True)
class Over:
    """The run has ended."""

    trajectory: Trajectory


@dataclass(frozen=True)
class Failed:
    """The run broke."""

    error: Exception


@dataclass(frozen=True)
class Seat:
    """A policy that shows what it sees on one queue and takes its decisions from another."""

    shown: Queue[Sight | Over | Failed] = field(default_factory=Queue)
    decisions: Queue[Decision] = field(default_factory=Queue)
    name: str = "environment"

    async def decide(self, sight: Sight) -> Decision:
        """Whatever is decided outside, however long it takes."""
        self.shown.put(sight)
        return await asyncio.to_thread(self.decisions.get)


class Run:
    """One run of AOI on a drill, decision by decision."""

    def __init__(self, drill: Drill) -> None:
        """The drill stays with whoever prepared it."""
        self._seat = Seat()
        self._drill = drill
        self._thread = Thread(target=self._work, name="environment", daemon=True)
        self._thread.start()

    def next(self) -> Sight | Over:
        """What is seen before the next decision, or the end. Raises what broke the run."""
        shown = self._seat.shown.get()
        if isinstance(shown, Failed):
            self._thread.join()
            raise shown.error
        if isinstance(shown, Over):
            self._thread.join()
        return shown

    def decide(self, decision: Decision) -> Sight | Over:
        """Decide, and see what comes of it. Raises what broke the run."""
        self._seat.decisions.put(decision)
        return self.next()

    def leave(self) -> None:
        """End the run where it stands, without an answer."""
        while self._thread.is_alive():
            self._seat.decisions.put(LEFT)
            self._thread.join(0.1)

    def _work(self) -> None:
        try:
            self._seat.shown.put(Over(self._lived()))
        except Exception as error:  # noqa: BLE001 - it crosses to the caller's thread, which raises it
            self._seat.shown.put(Failed(error))

    def _lived(self) -> Trajectory:
        drill = self._drill
        drill.cluster.start()
        empty = empty_database()
        with (
            TelemetryServer(drill.stage.traffic) as telemetry,
            tempfile.TemporaryDirectory(prefix="aoi-drill-") as folder,
        ):
            (Path(folder) / DATABASE).write_bytes(empty)
            return asyncio.run(
                run_agent(
                    drill.cluster,
                    telemetry.url,
                    drill.question,
                    drill.namespace,
                    "playbook",
                    Path(folder),
                    self._seat,
                    read_only=drill.case.type is not TaskType.MITIGATION,
                )
            )


@cache
def empty_database() -> bytes:
    """Worked out here and not in a fork, for whoever trains has threads."""
    return migrated()
