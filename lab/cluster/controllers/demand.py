"""What the metrics of an autoscaler say of its pods (pkg/controller/podautoscaler/replica_calculator.go)."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.cluster.conditions import condition
from lab.cluster.context import Context
from lab.cluster.controllers.scaling import Load, percentage, wanted_pods
from lab.cluster.pods import is_over, is_ready
from lab.cluster.ports import Object
from lab.cluster.quantity import milli, text_of
from lab.cluster.texts import Text

Usage = Callable[[Object], dict[str, tuple[int, int]]]
"""A pod's containers: millicores, working set in bytes."""
YOUNG_SECONDS = 300.0
"""A pod's CPU is doubted while it is younger than this."""
WINDOW_SECONDS = 15.0
"""A figure covers this much time; one that begins before the pod was ready says nothing."""


@dataclass(frozen=True)
class Demand:
    """What one metric asks for."""

    replicas: int
    name: str
    """As in `cpu resource utilization (percentage of request)`."""
    status: Object
    """Its entry in `currentMetrics`."""


@dataclass(frozen=True)
class NoDemand:
    """Why a metric says nothing."""

    reason: str
    error: str
    kind: str
    """As in `failed to get KIND metric value`."""


class Metrics:
    """Reads metrics as the autoscaler does."""

    def __init__(self, context: Context, usage: Usage) -> None:
        self._clock, self._texts, self._usage = context.clock, context.texts, usage

    def read(self, metric: Object, pods: list[Object], current: int) -> Demand | NoDemand:
        """Ask one metric of `spec.metrics`."""
        match metric["type"]:
            case "Resource":
                return self._resource(metric["resource"], pods, current, None)
            case "ContainerResource":
                source = metric["containerResource"]
                return self._resource(source, pods, current, source["container"])
            case "External":
                name = metric["external"]["metric"]["name"]
                return NoDemand(
                    "FailedGetExternalMetric", self._texts.say(Text.NO_EXTERNAL_METRICS, name=name), name
                )
            case kind:
                source = metric[kind[:1].lower() + kind[1:]]
                name = source["metric"]["name"]
                return NoDemand(f"FailedGet{kind}Metric", self._texts.say(Text.NO_CUSTOM_METRICS, name=name), name)

    def _resource(self, source: Object, pods: list[Object], current: int, only: str | None) -> Demand | NoDemand:
        name, target = source["name"], source["target"]
        relative = target.get("averageUtilization") is not None
        load = self._load(name, pods, only, relative)
        if isinstance(load, str):
            stem = Text.NO_UTILIZATION if relative else Text.NO_USAGE
            error = self._texts.say(stem, resource=name, error=load)
            return NoDemand("FailedGetResourceMetric", error, f"{name} resource")
        goal = float(target["averageUtilization"]) if relative else float(milli(target["averageValue"]))
        average = sum(load.used.values()) // len(load.used)
        figures: Object = {"averageValue": text_of(average, "Mi" if name == "memory" else "")}
        if relative:
            figures["averageUtilization"] = percentage(load)
        kind = "Resource" if only is None else "ContainerResource"
        entry: Object = {"name": name, "current": figures} | ({} if only is None else {"container": only})
        label = f"{name} resource utilization (percentage of request)" if relative else f"{name} resource"
        status = {"type": kind, kind[:1].lower() + kind[1:]: entry}
        return Demand(wanted_pods(load, goal, current, relative), label, status)

    def _load(self, name: str, pods: list[Object], only: str | None, relative: bool) -> Load | str:
        """The figures, or why there are none."""
        used: dict[str, int] = {}
        asked: dict[str, int] = {}
        unready, missing, seen = set[str](), set[str](), False
        for pod in pods:
            if is_over(pod) or "deletionTimestamp" in pod["metadata"]:
                continue
            pod_name, figures = pod["metadata"]["name"], self._usage(pod)
            seen = seen or bool(figures)
            for container in pod["spec"]["containers"]:
                request = ((container.get("resources") or {}).get("requests") or {}).get(name)
                if only not in (None, container["name"]):
                    continue
                if request is None and relative:
                    return self._texts.say(
                        Text.NO_REQUEST, resource=name, container=container["name"], pod=pod_name
                    )
                asked[pod_name] = asked.get(pod_name, 0) + milli(request or 0)
            total = sum(
                figure[0] if name == "cpu" else figure[1] * 1000
                for container, figure in figures.items()
                if only in (None, container)
            )
            if self._is_unready(pod, name):
                unready.add(pod_name)
            elif figures:
                used[pod_name] = total
            else:
                missing.add(pod_name)
        if not seen:
            return self._texts.say(Text.NO_METRICS, resource=name)
        if not used:
            return self._texts.say(Text.NO_READY_METRICS)
        return Load(used, asked, frozenset(unready), frozenset(missing))

    def _is_unready(self, pod: Object, resource: str) -> bool:
        status = pod.get("status") or {}
        if status.get("phase", "Pending") == "Pending":
            return True
        ready = condition(status.get("conditions") or [], "Ready")
        if resource != "cpu":
            return False
        if ready is None or not status.get("startTime"):
            return True
        now, turned = self._clock.now(), self._clock.parse(ready["lastTransitionTime"])
        if now < self._clock.parse(status["startTime"]) + YOUNG_SECONDS:
            return not is_ready(pod) or now < turned + WINDOW_SECONDS
        return not is_ready(pod) and turned < self._clock.parse(status["startTime"]) + 30
