"""Autoscalers follow the load within their bounds, and say why they cannot."""

from typing import Any

import pytest

from lab.cluster.controllers.scaling import Load, Past, wanted_pods
from tests.lab.cluster.small import BEHAVIOURS, Object, Small, deployment

LOADS = (
    BEHAVIOURS
    + """
  - {image: "lab/busy:*", ports: [80], cpu: 200}
  - {image: "lab/idle:*", ports: [80], cpu: 10}
"""
)
REQUEST = {"requests": {"cpu": "100m", "memory": "64Mi"}}


def autoscaler(least: int = 1, most: int = 10, target: str = "web", **spec: Any) -> Object:
    wanted = {"type": "Utilization", "averageUtilization": 80}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web-hpa"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": wanted}}],
            **spec,
        },
    }


def scaled(image: str, seconds: float, *, replicas: int = 1, **spec: Any) -> Small:
    small = Small(behaviours=LOADS)
    return small.after(seconds, deployment("web", image, replicas=replicas, resources=REQUEST), autoscaler(**spec))


def replicas(small: Small) -> int:
    return int(small.get("Deployment", "web")["spec"]["replicas"])


def message(small: Small, kind: str) -> str:
    conditions = small.get("HorizontalPodAutoscaler", "web-hpa")["status"]["conditions"]
    return next(str(each["message"]) for each in conditions if each["type"] == kind)


def test_load_above_the_target_adds_pods_up_to_the_maximum() -> None:
    small = scaled("lab/busy:1", 60, most=4)
    assert replicas(small) > 1
    small.after(300)
    assert replicas(small) == 4
    assert small.conditions("HorizontalPodAutoscaler", "web-hpa") == {
        "AbleToScale": "True ReadyForNewScale",
        "ScalingActive": "True ValidMetricFound",
        "ScalingLimited": "True TooManyReplicas",
    }
    text = "cpu resource utilization (percentage of request) above target"
    assert any(f"; reason: {text}" in event for event in small.events("web-hpa"))
    (metric,) = small.get("HorizontalPodAutoscaler", "web-hpa")["status"]["currentMetrics"]
    assert 180 <= metric["resource"]["current"]["averageUtilization"] <= 220


def test_load_below_the_target_removes_pods_after_five_quiet_minutes() -> None:
    small = scaled("lab/idle:1", 280, replicas=5, least=2)
    assert replicas(small) == 5
    assert small.conditions("HorizontalPodAutoscaler", "web-hpa")["AbleToScale"] == "True ScaleDownStabilized"
    small.after(60)
    assert replicas(small) == 2
    assert "SuccessfulRescale: New size: 2; reason: All metrics below target" in small.events("web-hpa")
    assert small.conditions("HorizontalPodAutoscaler", "web-hpa")["ScalingLimited"] == "True TooFewReplicas"


def test_without_a_request_there_is_no_utilization() -> None:
    small = Small(behaviours=LOADS).after(60, deployment("web", "lab/busy:1"), autoscaler())
    name = small.pod("web")["metadata"]["name"]
    error = f"failed to get cpu utilization: missing request for cpu in container main of Pod {name}"
    assert (
        small.conditions("HorizontalPodAutoscaler", "web-hpa")["ScalingActive"] == "False FailedGetResourceMetric"
    )
    assert message(small, "ScalingActive") == f"the HPA was unable to compute the replica count: {error}"
    events = small.events("web-hpa")
    assert events[f"FailedGetResourceMetric: {error}"] >= 3
    whole = (
        f"invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {error}"
    )
    assert events[f"FailedComputeMetricsReplicas: {whole}"] >= 3


def test_without_running_pods_there_are_no_metrics() -> None:
    small = Small(behaviours=LOADS)
    small.after(60, deployment("web", "lab/api:typo", resources=REQUEST), autoscaler())
    error = "unable to get metrics for resource cpu: no metrics returned from resource metrics API"
    assert message(small, "ScalingActive").endswith(f"failed to get cpu utilization: {error}")


def test_a_target_that_is_not_there_is_told() -> None:
    small = Small().after(20, autoscaler(target="gone"))
    error = 'deployments.apps "gone" not found'
    assert (
        message(small, "AbleToScale")
        == f"the HPA controller was unable to get the target's current scale: {error}"
    )
    assert f"FailedGetScale: {error}" in small.events("web-hpa")


def test_a_target_of_zero_replicas_is_left_alone() -> None:
    small = scaled("lab/busy:1", 60, replicas=0)
    assert replicas(small) == 0
    assert small.conditions("HorizontalPodAutoscaler", "web-hpa")["ScalingActive"] == "False ScalingDisabled"


def test_too_few_or_too_many_replicas_are_corrected_at_once() -> None:
    small = scaled("lab/idle:1", 1, replicas=1, least=3)
    assert replicas(small) == 3
    assert (
        "SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas"
        in small.events("web-hpa")
    )


def test_memory_counts_by_average_value() -> None:
    target = {"type": "AverageValue", "averageValue": "10Mi"}
    metrics = [{"type": "Resource", "resource": {"name": "memory", "target": target}}]
    small = scaled("lab/idle:1", 120, metrics=metrics)
    assert replicas(small) > 1


@pytest.mark.parametrize(
    ("used", "wanted"),
    [({"a": 80, "b": 80}, 2), ({"a": 87, "b": 87}, 2), ({"a": 160, "b": 160}, 4), ({"a": 10, "b": 10}, 1)],
)
def test_the_ratio_decides_beyond_a_tolerance(used: dict[str, int], wanted: int) -> None:
    assert wanted_pods(Load(used, dict.fromkeys(used, 100)), 80, 2, relative=True) == wanted


def test_pods_that_are_not_ready_damp_a_scale_up_and_missing_ones_a_scale_down() -> None:
    asked = dict.fromkeys("abc", 100)
    assert wanted_pods(Load({"a": 160}, asked, frozenset("bc")), 80, 3, relative=True) == 3
    assert wanted_pods(Load({"a": 10}, asked, missing=frozenset("bc")), 80, 3, relative=True) == 3


def test_growth_is_limited_by_its_policies() -> None:
    past = Past(changed=[(0.0, 4)])
    assert past.highest(10, 5, {}) == 5, "four came within the last 15 s"
    assert past.highest(20, 5, {}) == 10
    slow = {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}
    assert past.highest(100, 5, slow) == 6
    assert past.lowest(100, 5, {"scaleDown": {"selectPolicy": "Disabled"}}) == 5
