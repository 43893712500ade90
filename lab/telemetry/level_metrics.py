"""What fills and empties in containers: the levels that programs publish, and the volumes of claims."""

from collections.abc import Callable, Iterator

from lab.cluster.kubelet.filling import height_of
from lab.cluster.kubelet.state import Run
from lab.cluster.levels import Level
from lab.cluster.ports import Object
from lab.telemetry.series import Series
from lab.traffic.traffic import Traffic

MIB = 2**20
Measure = Callable[[Run, Level, float], float | None]


def _published(run: Run, level: Level, at: float) -> float:
    return height_of(run, level, at) * level.scale


def _used(run: Run, level: Level, at: float) -> float:
    return height_of(run, level, at) * MIB


def _capacity(run: Run, level: Level, at: float) -> float | None:
    marks = run.levels[level.name].marks
    limit = next((each for each in reversed(marks) if each.since <= at), marks[0]).limit
    return None if limit is None else limit * MIB


def _available(run: Run, level: Level, at: float) -> float | None:
    capacity = _capacity(run, level, at)
    return None if capacity is None else capacity - _used(run, level, at)


VOLUMES: dict[str, Measure] = {
    "kubelet_volume_stats_capacity_bytes": _capacity,
    "kubelet_volume_stats_used_bytes": _used,
    "kubelet_volume_stats_available_bytes": _available,
}


class LevelMetrics:
    """Series of the levels of all containers that have ever run."""

    def __init__(self, traffic: Traffic) -> None:
        self._history = traffic.history
        self._series: dict[tuple[str, str, str, str], Series] = {}

    def series(self) -> Iterator[Series]:
        """All of them, up to now."""
        for uid, seen in self._history.pods.items():
            for container, runs in seen.runs.items():
                for level in runs[-1].behaviour.levels if runs else ():
                    self._note(uid, seen.pod, container, runs[-1], level)
        return iter(self._series.values())

    def _note(self, uid: str, pod: Object, container: str, run: Run, level: Level) -> None:
        record = run.levels.get(level.name)
        if record is None:
            return
        place = {"namespace": pod["metadata"]["namespace"]}
        if level.metric is not None:
            where = {"pod": pod["metadata"]["name"], "container": container}
            self._add(uid, container, level.name, level.metric, {**place, **where, **level.labels}, _published)
        if record.claim is not None:
            claimed = {"persistentvolumeclaim": record.claim, "node": pod["spec"].get("nodeName") or ""}
            for name, measure in VOLUMES.items():
                self._add(uid, container, level.name, name, {**place, **claimed}, measure)

    def _add(
        self, uid: str, container: str, level: str, name: str, labels: dict[str, str], measure: Measure
    ) -> None:
        key = (uid, container, level, name)
        if key not in self._series:
            told = {"__name__": name, **labels}
            self._series[key] = Series(told, self._value(uid, container, level, measure))

    def _value(self, uid: str, container: str, name: str, measure: Measure) -> Callable[[float], float | None]:
        def value(at: float) -> float | None:
            for spec, run in self._history.runs_of(self._history.pods[uid].pod, at):
                level = next((each for each in run.behaviour.levels if each.name == name), None)
                if spec["name"] == container and level is not None and name in run.levels:
                    return measure(run, level, at)
            return None

        return value
