"""LimitRanges give defaults and refuse what is out of bounds; Ingresses are checked; budgets count."""

from typing import Any

import pytest

from lab.cluster.errors import ApiError
from lab.cluster.kind_rules import check_kind
from lab.cluster.resources import by_kind
from tests.lab.cluster.controllers.workloads import stateful
from tests.lab.cluster.small import Object, Small, deployment, thing


def limits(**item: Any) -> Object:
    return thing("LimitRange", "bounds", spec={"limits": [{"type": "Container", **item}]})


def pod(**resources: Any) -> Object:
    container = {"name": "main", "image": "nginx:1", "resources": resources}
    return {
        "kind": "Pod",
        "metadata": {"name": "one", "namespace": "default"},
        "spec": {"containers": [container]},
    }


def admitted(small: Small, obj: Object) -> Object:
    return small.world.admit(obj["kind"], obj, "CREATE", False)


def test_defaults_fill_what_a_container_leaves_open() -> None:
    small = Small().after(1, limits(default={"memory": "256Mi"}, defaultRequest={"cpu": "100m"}))
    made = admitted(small, pod(limits={"cpu": "1"}))
    (container,) = made["spec"]["containers"]
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "256Mi"}
    assert container["resources"]["requests"] == {"cpu": "1", "memory": "256Mi"}
    note = made["metadata"]["annotations"]["kubernetes.io/limit-ranger"]
    assert note == "LimitRanger plugin set: memory request for container main; memory limit for container main"
    assert made["status"]["qosClass"] == "Guaranteed"


@pytest.mark.parametrize(
    ("item", "resources", "why"),
    [
        (
            {"max": {"memory": "1Gi"}},
            {"limits": {"memory": "2Gi"}},
            "maximum memory usage per Container is 1Gi, but limit is 2Gi",
        ),
        (
            {"min": {"cpu": "100m"}},
            {"requests": {"cpu": "50m"}},
            "minimum cpu usage per Container is 100m, but request is 50m",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "100m"}, "limits": {"cpu": "400m"}},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
        ),
    ],
)
def test_a_pod_out_of_bounds_is_refused(item: Object, resources: Object, why: str) -> None:
    small = Small().after(1, limits(**item))
    with pytest.raises(ApiError) as refused:
        admitted(small, pod(**resources))
    assert (refused.value.code, refused.value.message) == (403, f'pods "one" is forbidden: {why}')


def test_a_bound_for_whole_pods_wants_to_be_specified() -> None:
    small = Small().after(1, thing("LimitRange", "b", spec={"limits": [{"type": "Pod", "max": {"cpu": "2"}}]}))
    with pytest.raises(ApiError, match=r"maximum cpu usage per Pod is 2\.  No limit is specified"):
        admitted(small, pod())


def test_a_claim_that_is_too_large_is_refused() -> None:
    item = {"type": "PersistentVolumeClaim", "max": {"storage": "10Gi"}}
    small = Small().after(1, thing("LimitRange", "b", spec={"limits": [item]}))
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}
    with pytest.raises(
        ApiError, match="maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi"
    ):
        small.put(thing("PersistentVolumeClaim", "big", spec=spec))


def test_a_workload_that_the_limits_refuse_says_so() -> None:
    small = Small().after(1, limits(max={"memory": "64Mi"}))
    small.after(10, deployment("web", resources={"limits": {"memory": "128Mi"}}))
    assert any(
        "maximum memory usage per Container is 64Mi, but limit is 128Mi" in each for each in small.events("web")
    )


# ---- disruption budgets ----


def budget(**spec: Any) -> Object:
    return thing("PodDisruptionBudget", "web", spec={"selector": {"matchLabels": {"app": "web"}}, **spec})


def counts(small: Small) -> tuple[int, int, int, int]:
    found = small.get("PodDisruptionBudget", "web")["status"]
    fields = ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")
    return tuple(found[field] for field in fields)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 2}, (4, 4, 2, 2)),
        ({"minAvailable": "50%"}, (4, 4, 2, 2)),
        ({"maxUnavailable": 1}, (4, 4, 3, 1)),
        ({"maxUnavailable": "0%"}, (4, 4, 4, 0)),
    ],
)
@pytest.mark.parametrize("workload", [deployment, stateful])
def test_a_budget_counts_what_it_protects(workload: Any, spec: Object, expected: tuple[int, ...]) -> None:
    small = Small().after(30, workload("web", replicas=4), budget(**spec))
    assert counts(small) == expected


def test_a_budget_follows_its_pods() -> None:
    small = Small().after(10, deployment("web", replicas=3), budget(minAvailable=2))
    assert small.conditions("PodDisruptionBudget", "web") == {"DisruptionAllowed": "True SufficientPods"}
    small.after(10, deployment("web", replicas=2))
    assert counts(small)[1:] == (2, 2, 0)
    assert small.conditions("PodDisruptionBudget", "web") == {"DisruptionAllowed": "False InsufficientPods"}


# ---- ingresses ----


def ingress(**path: Any) -> Object:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    one = {"path": "/", "pathType": "Prefix", "backend": backend, **path}
    return thing("Ingress", "front", spec={"rules": [{"host": "shop.example.com", "http": {"paths": [one]}}]})


def test_the_default_class_is_given_to_an_ingress() -> None:
    small = Small()
    meta = {"name": "nginx", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    small.put({"kind": "IngressClass", "metadata": meta, "spec": {"controller": "k8s.io/ingress-nginx"}})
    small.put(ingress())
    assert small.get("Ingress", "front")["spec"]["ingressClassName"] == "nginx"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ({"path": "shop"}, 'spec.rules[0].http.paths[0].path: Invalid value: "shop": must be an absolute path'),
        (
            {"pathType": "Regex"},
            'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": '
            'supported values: "Exact", "ImplementationSpecific", "Prefix"',
        ),
        (
            {"backend": {"service": {"name": "web"}}},
            "spec.rules[0].http.paths[0].backend.service.port: Required value: port name or number is required",
        ),
    ],
)
def test_a_bad_ingress_is_refused(path: Object, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_kind(by_kind("Ingress"), ingress(**path), None)
    assert refused.value.message == f'Ingress.networking.k8s.io "front" is invalid: {why}'


def test_an_ingress_leads_somewhere() -> None:
    with pytest.raises(ApiError, match="either `defaultBackend` or `rules` must be specified"):
        check_kind(by_kind("Ingress"), thing("Ingress", "front", spec={}), None)
