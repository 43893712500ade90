"""The logs of all containers that ever ran, as streams with labels."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.cluster.kubelet.logs import LogReader
from lab.cluster.ports import LogLine, Object
from lab.telemetry.series import Labels
from lab.traffic.history import PodRuns
from lab.traffic.traffic import Traffic
from lab.traffic.walker import app_of


@dataclass(frozen=True)
class Stream:
    """The log of one container, over all its runs."""

    labels: Labels
    seen: PodRuns
    spec: Object


class LogStreams:
    """What a collector on every node has sent; logs of pods that are gone stay."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        world = traffic.history.world
        self._reader = LogReader(world.context, world.runtime)

    def streams(self) -> Iterator[Stream]:
        """Every stream, sorted by pod and container."""
        pods = sorted(self._traffic.history.pods.values(), key=lambda seen: _place(seen.pod))
        for seen in pods:
            spec = seen.pod["spec"]
            for container in (*(spec.get("initContainers") or ()), *spec["containers"]):
                if seen.runs.get(container["name"]):
                    yield Stream(_labels(seen.pod, container), seen, container)

    def lines(self, stream: Stream, start: float, end: float) -> list[LogLine]:
        """Lines from `start` up to before `end`, oldest first."""
        return [
            line
            for run in stream.seen.runs[stream.spec["name"]]
            if run.started_at < end and (run.finished_at is None or run.finished_at >= start)
            for line in self._reader.lines(stream.seen.pod, stream.spec, run, since=start, until=end)
            if line.at < end
        ]


def _place(pod: Object) -> tuple[str, str, str]:
    meta = pod["metadata"]
    return (meta["namespace"], meta["name"], meta["uid"])


def _labels(pod: Object, container: Object) -> Labels:
    meta = pod["metadata"]
    return {
        "namespace": meta["namespace"],
        "app": app_of(pod),
        "pod": meta["name"],
        "container": container["name"],
        "node_name": pod["spec"].get("nodeName") or "",
    }
