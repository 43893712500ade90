"""Flow after flow: the past of an application's traffic, cut where something changed.

A span is worked out when somebody asks for a time at or after it, once. Two moments in which all that matters to
requests is the same share one flow, so an unchanged world, or one that flips between two states, costs nothing.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.cluster.conditions import is_true
from lab.cluster.kubelet.state import Run
from lab.cluster.matching import labels_of
from lab.cluster.ports import Object
from lab.traffic.flow import Flow, flow_of
from lab.traffic.history import Change, History
from lab.traffic.load import Load
from lab.traffic.pressure import tight_from
from lab.traffic.scene import Scene
from lab.traffic.walker import Walker, refused_at

LATE_SECONDS = 1.0
"""A process that comes to listen is looked at again after this: a live kubelet may be a little late."""
WHOLE = ("ConfigMap", "Secret")


@dataclass(frozen=True)
class Span:
    """A flow from a time until the next span."""

    start: float
    """Epoch seconds."""
    flow: Flow


class Timeline:
    """The spans so far; `until` brings it up to a time."""

    def __init__(self, history: History, loads: Iterable[tuple[str, Load]], seed: int) -> None:
        self.history, self._loads, self._seed = history, tuple(loads), seed
        self.spans: list[Span] = []
        self._scene = Scene(history)
        self._position = 0
        self._traits: dict[tuple[str, str, str], Any] = {}
        self._dirty = True
        self._runs: dict[int, Run] = {}
        """Runs that have been seen, by identity."""
        self._told: dict[tuple[int, str], int] = {}
        """How many changes of a run's calls and conditions have been noted, by its identity and their name."""
        self._looks: list[tuple[float, str]] = []
        """Times at which a pod (by uid) is another without a change of the store."""
        self._flows: dict[int, Flow] = {}
        self._reached = float("-inf")
        self._seen: tuple[float, int] | None = None
        """The world's time and changes when it came there: one page of telemetry asks thousands of times."""

    def until(self, at: float) -> list[Span]:
        """Spans up to a time that has passed; there are none before the first change."""
        with self.history.world.store.lock:
            seen = (self.history.world.clock.now(), len(self.history.changes))
            if seen == self._seen and at <= self._reached:
                return self.spans
            self._seen, self._reached = seen, max(at, self._reached)
            self._note_told()
            for moment in self._moments(at):
                self._scene.move_to(moment)
                if self._dirty:
                    self._dirty = False
                    self._add(moment)
        return self.spans

    def at(self, at: float) -> Flow | None:
        """The flow at a time; `None` before the history began."""
        spans = self.until(at)
        number = bisect_right(spans, at, key=lambda span: span.start)
        return spans[number - 1].flow if number else None

    def _moments(self, at: float) -> Iterator[float]:
        """Take over everything that happened up to a time, moment by moment."""
        changes = self.history.changes
        while True:
            change = changes[self._position].at if self._position < len(changes) else float("inf")
            look = self._looks[0][0] if self._looks else float("inf")
            moment = min(change, look)
            if moment > at or moment == float("inf"):
                return
            while self._position < len(changes) and changes[self._position].at == moment:
                self._take(changes[self._position])
                self._position += 1
            self._scene.move_to(moment)
            while self._looks and self._looks[0][0] <= moment:
                self._look_again(heapq.heappop(self._looks)[1], moment)
            yield moment

    def _take(self, change: Change) -> None:
        event = change.event
        self._scene.store.follow(event)
        meta = event.obj["metadata"]
        key = (event.kind, meta.get("namespace", ""), meta["name"])
        if event.kind == "Pod":
            self._expect(event.obj)
        if event.type == "DELETED":
            self._dirty |= self._traits.pop(key, None) is not None
            return
        self._note(key, self._trait(event.kind, event.obj, change.at))

    def _look_again(self, uid: str, at: float) -> None:
        pod = self.history.pods[uid].pod["metadata"]
        key = ("Pod", pod["namespace"], pod["name"])
        now = self._scene.store.get(*key)
        if now is not None and now["metadata"]["uid"] == uid:
            self._note(key, self._trait("Pod", now, at))

    def _note(self, key: tuple[str, str, str], trait: Any) -> None:
        if trait is not None and self._traits.get(key) != trait:
            self._traits[key] = trait
            self._dirty = True

    def _expect(self, pod: Object) -> None:
        """Note when runs of a pod will listen, end, or run short of memory."""
        uid = pod["metadata"]["uid"]
        specs = {spec["name"]: spec for spec in pod["spec"]["containers"]}
        for name, runs in self.history.pods[uid].runs.items():
            for run in runs if name in specs else ():
                if id(run) not in self._runs:
                    self._runs[id(run)] = run
                    tight = tight_from(specs[name], run)
                    times = (run.started_at, run.listens_from, run.listens_from + LATE_SECONDS)
                    for at in (*times, run.finished_at, tight):
                        if at is not None and at != float("inf"):
                            heapq.heappush(self._looks, (at, uid))

    def _note_told(self) -> None:
        """Note when what a server answers to a run, or what conditions say of it, has changed since then."""
        last = self._scene.clock.now()
        for uid, seen in self.history.pods.items():
            for runs in seen.runs.values():
                for run in runs[-2:]:
                    for name, times in _told_at(run):
                        known = self._told.get((id(run), name), 0)
                        self._told[id(run), name] = len(times)
                        for at in times[known:]:
                            heapq.heappush(self._looks, (max(at, last), uid))

    def _trait(self, kind: str, obj: Object, at: float) -> Any:
        """What of an object matters to requests; `None` where nothing does."""
        match kind:
            case "Pod":
                return self._pod_trait(obj, at)
            case "Service" | "NetworkPolicy" | "PodNetworkChaos":
                return repr(obj["spec"])
            case "Endpoints":
                return repr([_ready_part(subset) for subset in obj.get("subsets") or ()])
            case "Namespace":
                return repr(labels_of(obj))
            case _ if kind in WHOLE:
                return repr((obj.get("data"), obj.get("stringData"), obj.get("binaryData")))
            case _:
                return None

    def _pod_trait(self, pod: Object, at: float) -> tuple[object, ...]:
        meta, status = pod["metadata"], pod.get("status", {})
        runs = []
        for spec, run in self.history.runs_of(pod, at):
            tight = tight_from(spec, run)
            listens = run.start_checked and run.script is None and at >= run.listens_from
            pressed = tight is not None and at >= tight
            told = tuple((name, _state_at(run, name, at)) for name, _ in _told_at(run))
            runs.append((spec["name"], id(run.behaviour), repr(run.env), listens, pressed, told))
        ready, over = is_true(pod, "Ready"), status.get("phase") in ("Succeeded", "Failed")
        place = (meta["uid"], status.get("podIP"), repr(meta.get("labels")), "deletionTimestamp" in meta)
        return (*place, ready, over, *runs)

    def _add(self, moment: float) -> None:
        print_ = hash(frozenset(self._traits.items()))
        flow = self._flows.get(print_)
        if flow is None:
            flow = self._flows[print_] = flow_of(Walker(self._scene, self._seed), self._loads)
        if not self.spans or self.spans[-1].flow is not flow:
            self.spans.append(Span(moment, flow))


def _told_at(run: Run) -> Iterator[tuple[str, list[float]]]:
    """Times of what changes for a run without a change of the store, by name."""
    for call in run.behaviour.calls:
        if call.mongo is not None and call.name in run.calls:
            yield call.name, [at for at, _, _ in run.calls[call.name].changes]
    for name, spell in run.spells.items():
        yield name, spell.changes


def _state_at(run: Run, name: str, at: float) -> object:
    call = next((each for each in run.behaviour.calls if each.name == name), None)
    return run.spells[name].held_at(at) if name in run.spells else call and refused_at(run, call, at)


def _ready_part(subset: Object) -> tuple[object, object]:
    return ([each["ip"] for each in subset.get("addresses") or ()], subset.get("ports"))
