"""What happened to a world since somebody began to watch: its changes, and the runs of its containers.

Watching costs one append a change. Nothing is worked out before it is asked for.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from lab.cluster.kubelet.state import PodState, Run
from lab.cluster.ports import Object
from lab.cluster.resources import RESOURCES
from lab.cluster.store import StoreEvent
from lab.cluster.world import World

UNHEARD = frozenset(("Event", "Lease"))
"""Kinds that say nothing about how requests fare."""


@dataclass(frozen=True)
class Change:
    """One change of the store."""

    at: float
    """Epoch seconds."""
    event: StoreEvent


@dataclass(frozen=True)
class PodRuns:
    """A pod as it was last seen, and every run of its containers, oldest first."""

    pod: Object
    runs: dict[str, list[Run]]
    """By container, init containers too."""


class History:
    """Everything since `began`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.changes: list[Change] = []
        self.pods: dict[str, PodRuns] = {}
        """By uid; pods that are gone stay."""
        self.states: dict[str, PodState] = {}
        """What the kubelets know of them, by uid."""
        with world.store.lock:
            self.began = world.clock.now()
            for obj in _everything(world):
                self._on_event(StoreEvent("ADDED", obj["kind"], obj, None, world.store.version))
            world.store.subscribe(self._on_event)

    def runs_of(self, pod: Object, at: float) -> Iterator[tuple[Object, Run]]:
        """The containers of a pod that ran at a time, with their runs."""
        seen = self.pods.get(pod["metadata"]["uid"])
        if seen is None:
            return
        for spec in pod["spec"]["containers"]:
            run = next(reversed([each for each in seen.runs[spec["name"]] if each.started_at <= at]), None)
            if run is not None and (run.finished_at is None or run.finished_at > at):
                yield spec, run

    def _on_event(self, event: StoreEvent) -> None:
        if event.kind in UNHEARD:
            return
        self.changes.append(Change(self.world.clock.now(), event))
        if event.kind == "Pod":
            self._note_runs(event.obj)

    def _note_runs(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        seen = self.pods.get(uid)
        runs: dict[str, list[Run]] = defaultdict(list) if seen is None else seen.runs
        self.pods[uid] = PodRuns(pod, runs)
        state = self.world.runtime.pods.get(uid)
        if state is None:
            return
        self.states[uid] = state
        for name, container in state.containers.items():
            known = runs[name]
            for run in (container.previous, container.run):
                if run is not None and not any(each is run for each in known[-2:]):
                    known.append(run)


def _everything(world: World) -> Iterator[Object]:
    for resource in RESOURCES:
        if resource.stored and resource.kind not in UNHEARD:
            yield from world.store.list(resource.kind)
