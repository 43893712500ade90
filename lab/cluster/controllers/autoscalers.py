"""HorizontalPodAutoscalers: as many replicas as the load asks for (pkg/controller/podautoscaler)."""

from collections import defaultdict
from collections.abc import Iterable

from lab.cluster.conditions import set_condition
from lab.cluster.context import Context, place_of
from lab.cluster.controllers.demand import Demand, Metrics, NoDemand, Usage
from lab.cluster.controllers.scaling import Past
from lab.cluster.matching import labels_of, selects
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.resources import by_kind
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "horizontal-pod-autoscaler"
SYNC_SECONDS = 15.0
SCALABLE = ("Deployment", "StatefulSet", "ReplicaSet")
LIMITS = {
    Text.TOO_MANY: "TooManyReplicas",
    Text.TOO_FEW: "TooFewReplicas",
    Text.UP_LIMIT: "ScaleUpLimit",
    Text.DOWN_LIMIT: "ScaleDownLimit",
}
"""The reason of each limit."""


class Report:
    """The status that one look leads to."""

    def __init__(self, autoscaler: Object, now: str) -> None:
        old = autoscaler.get("status") or {}
        self._now = now
        self.conditions = [dict(each) for each in old.get("conditions") or ()]
        self.metrics: list[Object] = []

    def put(self, kind: str, holds: bool, reason: str, message: str) -> None:
        """Set a condition."""
        set_condition(self.conditions, kind, str(holds), self._now, reason, message)


class Autoscalers:
    """Looks at each autoscaler's metrics every 15 s and sizes its target."""

    kinds: tuple[str, ...] = ("HorizontalPodAutoscaler",)

    def __init__(self, context: Context, usage: Usage) -> None:
        self._store, self._clock = context.store, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._metrics = Metrics(context, usage)
        self._past: dict[str, Past] = defaultdict(Past)
        """By uid."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The autoscaler when it is new or its wishes have changed."""
        if event.type == "DELETED":
            self._past.pop(event.obj["metadata"]["uid"], None)
        elif event.previous is None or event.previous.get("spec") != event.obj.get("spec"):
            yield place_of(event.obj)

    def reconcile(self, key: Key) -> float | None:
        """One look at one autoscaler."""
        autoscaler = self._store.get("HorizontalPodAutoscaler", *key)
        if autoscaler is None:
            return None
        report = Report(autoscaler, self._clock.iso())
        target = self._target(autoscaler, report)
        if target is None:
            old = autoscaler.get("status") or {}
            counts = {name: old.get(name, 0) for name in ("currentReplicas", "desiredReplicas")}
            self._write(autoscaler, report, counts)
            return SYNC_SECONDS
        current = int(target["spec"].get("replicas", 1))
        past = self._past[autoscaler["metadata"]["uid"]]
        past.recommended = past.recommended or [(self._clock.now(), current)]
        desired, why = self._desired(autoscaler, target, current, report)
        if desired != current:
            self._rescale(autoscaler, target, current, desired, why, report)
        self._write(
            autoscaler, report, {"currentReplicas": current, "desiredReplicas": desired}, desired != current
        )
        return SYNC_SECONDS

    # ---- the target ----

    def _target(self, autoscaler: Object, report: Report) -> Object | None:
        reference, namespace = autoscaler["spec"]["scaleTargetRef"], autoscaler["metadata"]["namespace"]
        kind, name = reference["kind"], reference["name"]
        found = self._store.get(kind, namespace, name) if kind in SCALABLE else None
        if found is not None:
            report.put("AbleToScale", True, "SucceededGetScale", self._texts.say(Text.SCALE_FOUND))
            return found
        what = by_kind(kind).group_resource if kind in SCALABLE else f"{kind.lower()}s"
        error = f'{what} "{name}" not found'
        self._recorder.warning(autoscaler, "FailedGetScale", error, COMPONENT)
        report.put("AbleToScale", False, "FailedGetScale", self._texts.say(Text.SCALE_LOST, error=error))
        return None

    def _rescale(
        self, autoscaler: Object, target: Object, current: int, desired: int, why: str, report: Report
    ) -> None:
        self._store.update(target["kind"], {**target, "spec": {**target["spec"], "replicas": desired}})
        text = self._texts.say(Text.RESCALED, size=desired, why=why)
        self._recorder.normal(autoscaler, "SuccessfulRescale", text, COMPONENT)
        report.put("AbleToScale", True, "SucceededRescale", self._texts.say(Text.SCALE_WRITTEN, size=desired))
        past = self._past[autoscaler["metadata"]["uid"]]
        past.changed = [*past.changed[-20:], (self._clock.now(), desired - current)]

    # ---- how many ----

    def _desired(self, autoscaler: Object, target: Object, current: int, report: Report) -> tuple[int, str]:
        """The wanted number, and why."""
        spec = autoscaler["spec"]
        least, most = int(spec.get("minReplicas") or 1), int(spec["maxReplicas"])
        if current == 0:
            report.put("ScalingActive", False, "ScalingDisabled", self._texts.say(Text.SCALING_DISABLED))
            return 0, ""
        if current > most:
            return most, self._texts.say(Text.ABOVE_MOST)
        if current < least:
            return least, self._texts.say(Text.BELOW_LEAST)
        selector = target["spec"]["selector"]
        everyone = self._store.list("Pod", autoscaler["metadata"]["namespace"])
        pods = [pod for pod in everyone if selects(selector, labels_of(pod))]
        found = [self._metrics.read(metric, pods, current) for metric in spec.get("metrics") or ()]
        demands = [each for each in found if isinstance(each, Demand)]
        silent = [each for each in found if isinstance(each, NoDemand)]
        report.metrics = [each.status for each in demands]
        best = max(demands, key=lambda each: each.replicas, default=None)
        if silent and (best is None or best.replicas < current):
            self._tell_silent(autoscaler, silent, len(found), report)
            return current, ""
        if best is None:
            return current, ""
        report.put("ScalingActive", True, "ValidMetricFound", self._texts.say(Text.METRIC_FOUND, name=best.name))
        desired = self._bounded(autoscaler, current, best.replicas, report)
        why = Text.METRIC_ABOVE if desired > current else Text.METRICS_BELOW
        return desired, self._texts.say(why, name=best.name)

    def _tell_silent(self, autoscaler: Object, silent: list[NoDemand], total: int, report: Report) -> None:
        first = silent[0]
        for each in silent:
            self._recorder.warning(autoscaler, each.reason, each.error, COMPONENT)
        text = self._texts.say(
            Text.INVALID_METRICS, count=len(silent), total=total, kind=first.kind, error=first.error
        )
        self._recorder.warning(autoscaler, "FailedComputeMetricsReplicas", text, COMPONENT)
        report.put("ScalingActive", False, first.reason, self._texts.say(Text.NO_COUNT, error=first.error))

    def _bounded(self, autoscaler: Object, current: int, wanted: int, report: Report) -> int:
        """Stabilised by what was recommended before, then kept within the rates and the bounds."""
        spec, now = autoscaler["spec"], self._clock.now()
        behavior, past = spec.get("behavior") or {}, self._past[autoscaler["metadata"]["uid"]]
        stable = past.stabilized(now, current, wanted, behavior)
        if stable != wanted:
            up = wanted > stable
            text = Text.UP_STABILIZED if up else Text.DOWN_STABILIZED
            reason = "ScaleUpStabilized" if up else "ScaleDownStabilized"
            report.put("AbleToScale", True, reason, self._texts.say(text))
        else:
            report.put("AbleToScale", True, "ReadyForNewScale", self._texts.say(Text.SIZE_MATCHES))
        limited, size = self._held(spec, past, current, stable)
        if limited is None:
            report.put("ScalingLimited", False, "DesiredWithinRange", self._texts.say(Text.WITHIN_RANGE))
        else:
            report.put("ScalingLimited", True, LIMITS[limited], self._texts.say(limited))
        return size

    def _held(self, spec: Object, past: Past, current: int, stable: int) -> tuple[Text | None, int]:
        """The size that bounds and rates allow, and which of them held it back."""
        behavior, now = spec.get("behavior") or {}, self._clock.now()
        least, most = int(spec.get("minReplicas") or 1), int(spec["maxReplicas"])
        if stable > current:
            fastest = past.highest(now, current, behavior)
            size = min(stable, fastest, most)
            return (None if size == stable else Text.TOO_MANY if most <= fastest else Text.UP_LIMIT), size
        slowest = past.lowest(now, current, behavior) if stable < current else stable
        size = max(stable, slowest, least)
        return (None if size == stable else Text.TOO_FEW if least >= slowest else Text.DOWN_LIMIT), size

    # ---- status ----

    def _write(self, autoscaler: Object, report: Report, counts: dict[str, int], scaled: bool = False) -> None:
        old = autoscaler.get("status") or {}
        status: Object = {**counts, "currentMetrics": report.metrics or None, "conditions": report.conditions}
        status["observedGeneration"] = autoscaler["metadata"].get("generation", 1)
        last = self._clock.iso() if scaled else old.get("lastScaleTime")
        if last:
            status["lastScaleTime"] = last
        self._store.update_status("HorizontalPodAutoscaler", autoscaler, status)
