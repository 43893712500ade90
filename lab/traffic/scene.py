"""The world as it was at a time: a second store that follows the changes, and the same network over it."""

from dataclasses import replace
from datetime import UTC, datetime

from lab.cluster.applications import Applications
from lab.cluster.clock import VirtualClock
from lab.cluster.context import Context
from lab.cluster.index import Index
from lab.cluster.kubelet.state import Run, Runtime
from lab.cluster.network import Network
from lab.cluster.ports import Object
from lab.cluster.randomness import seeded
from lab.cluster.recorder import Recorder
from lab.cluster.store import Store, StoreEvent
from lab.traffic.history import History


class Replica(Store):
    """A store that takes over the changes of another one; the objects are shared."""

    def follow(self, event: StoreEvent) -> None:
        """Take one change over."""
        meta = event.obj["metadata"]
        room = self._objects.setdefault(event.kind, {}).setdefault(meta.get("namespace", ""), {})
        if event.type == "DELETED":
            room.pop(meta["name"], None)
        else:
            room[meta["name"]] = event.obj
        self.version = event.version
        self._tell(event)


class PastRuntime(Runtime):
    """The container runtimes as they were."""

    def __init__(self, history: History, clock: VirtualClock) -> None:
        super().__init__(history.world.runtime.behaviours, history.states)
        self._history, self._past = history, clock
        self._alive: dict[int, tuple[Run, Run]] = {}

    def running(self, pod: Object) -> list[tuple[Object, Run]]:
        """The containers of a pod that ran then, with their runs as if they had not ended."""
        return [(spec, self._unended(run)) for spec, run in self._history.runs_of(pod, self._past.now())]

    def _unended(self, run: Run) -> Run:
        if run.finished_at is None:
            return run
        known = self._alive.get(id(run))
        if known is None:
            known = self._alive[id(run)] = (run, replace(run, finished_at=None))
        return known[1]


class Scene:
    """A moment of the past that moves forward."""

    def __init__(self, history: History) -> None:
        context = history.world.context
        self.history = history
        self.clock = VirtualClock(datetime.fromtimestamp(history.began, UTC))
        self.store = Replica(self.clock, seeded(0))
        index = Index(self.store)
        past = Context(
            self.store, self.clock, index, context.texts, Recorder(self.store), seeded(0), context.admit
        )
        self.texts = context.texts
        self.runtime = PastRuntime(history, self.clock)
        self.network = Network(past, self.runtime)
        self.applications = Applications(past, self.runtime, self.network)

    def move_to(self, at: float) -> None:
        """Let time pass without a change."""
        self.clock.advance(max(0.0, at - self.clock.now()))
        self.runtime.behaviours = self.history.world.runtime.behaviours
