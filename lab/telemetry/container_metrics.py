"""What containers use, under cAdvisor's names."""

from collections.abc import Callable, Iterator

from lab.cluster.kubelet.state import Run
from lab.cluster.kubelet.usage import memory_of
from lab.cluster.ports import Object
from lab.cluster.randomness import seed_of
from lab.telemetry.series import Series, read_late
from lab.traffic.pressure import cpu_limit, cpu_seconds, memory_limit
from lab.traffic.traffic import Traffic

PERIODS_A_SECOND = 10.0
"""Scheduling periods of 100 ms, in which the CPU quota counts."""

Measure = Callable[[Object, Run, float, float], float | None]
"""Of a container's spec, its run, the time up to which a counter has counted, and now."""


def _cpu_seconds(spec: Object, run: Run, late: float, at: float) -> float:
    limit, used = cpu_limit(spec), cpu_seconds(run, late)
    return used if limit is None else min(used, limit / 1000 * (late - run.started_at))


def _working_set(spec: Object, run: Run, late: float, at: float) -> float:
    used, limit = memory_of(run, at), memory_limit(spec)
    return float(used if limit is None else min(used, limit))


def _limit(spec: Object, run: Run, late: float, at: float) -> float:
    return float(memory_limit(spec) or 0)


def _periods(spec: Object, run: Run, late: float, at: float) -> float | None:
    return None if cpu_limit(spec) is None else float(int(PERIODS_A_SECOND * (late - run.started_at)))


def _throttled(spec: Object, run: Run, late: float, at: float) -> float | None:
    limit = cpu_limit(spec)
    if limit is None:
        return None
    granted = limit / 1000 * (late - run.started_at)
    over = max(0.0, 1 - granted / used) if (used := cpu_seconds(run, late)) > 0 else 0.0
    return float(int(PERIODS_A_SECOND * over * (late - run.started_at)))


def _start_time(spec: Object, run: Run, late: float, at: float) -> float:
    return float(int(run.started_at))


MEASURES: dict[str, Measure] = {
    "container_cpu_usage_seconds_total": _cpu_seconds,
    "container_cpu_cfs_periods_total": _periods,
    "container_cpu_cfs_throttled_periods_total": _throttled,
    "container_memory_working_set_bytes": _working_set,
    "container_spec_memory_limit_bytes": _limit,
    "container_start_time_seconds": _start_time,
}


GROWING = frozenset({"container_cpu_usage_seconds_total"})
"""What every run has, and what never falls while it lasts."""


class ContainerMetrics:
    """Series of all containers that have ever run."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._series: dict[tuple[str, str, str], Series] = {}

    def series(self) -> Iterator[Series]:
        """All of them, up to now."""
        for uid, seen in self._traffic.history.pods.items():
            for container in seen.pod["spec"]["containers"]:
                if (uid, container["name"], "container_start_time_seconds") not in self._series:
                    for metric, measure in MEASURES.items():
                        key = (uid, container["name"], metric)
                        value = self._value(uid, container["name"], measure)
                        grows = self._same_run(uid, container["name"]) if metric in GROWING else None
                        self._series[key] = Series(_labels(metric, seen.pod, container), value, grows)
        return iter(self._series.values())

    def _same_run(self, uid: str, container: str) -> Callable[[float, float], bool]:
        """Whether one run of the container is there at both times."""

        def same(first: float, last: float) -> bool:
            run = self._run(uid, container, first)
            return run is not None and run is self._run(uid, container, last)

        return same

    def _run(self, uid: str, container: str, at: float) -> Run | None:
        runs = self._traffic.history.runs_of(self._traffic.history.pods[uid].pod, at)
        return next((run for spec, run in runs if spec["name"] == container), None)

    def _value(self, uid: str, container: str, measure: Measure) -> Callable[[float], float | None]:
        history = self._traffic.history
        seed = seed_of(self._traffic.seed, history.pods[uid].pod["metadata"]["name"], container)

        def value(at: float) -> float | None:
            for spec, run in history.runs_of(history.pods[uid].pod, at):
                if spec["name"] == container:
                    return measure(spec, run, max(run.started_at, read_late(seed, at)), at)
            return None

        return value


def _labels(metric: str, pod: Object, container: Object) -> dict[str, str]:
    return {
        "__name__": metric,
        "namespace": pod["metadata"]["namespace"],
        "pod": pod["metadata"]["name"],
        "container": container["name"],
        "image": container["image"],
        "node": pod["spec"].get("nodeName") or "",
    }
