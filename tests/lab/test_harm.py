"""A repair is blamed for what it broke or altered where the fault was not, and for nothing else."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from domain.cluster import Ref
from lab.harm import harms
from lab.view import View
from tests.lab.worlds import deployment, ref, thing, view

Objects = dict[str, dict[str, Any]]
FAULTY = ref("Deployment", "cart")


def world() -> Objects:
    claim = thing("PersistentVolumeClaim", "data", spec={"storageClassName": "standard"})
    node = thing("Node", "node-1", spec={"taints": [{"key": "node.kubernetes.io/unreachable"}]})
    return {
        "cart": deployment("cart", available=0),
        "pay": deployment("pay"),
        "service": thing("Service", "pay", spec={"selector": {"app": "pay"}}),
        "config": thing("ConfigMap", "pay", data={"a": "1"}),
        "claim": claim,
        "node": node,
    }


def delete(name: str) -> Callable[[Objects], object]:
    return lambda objects: objects.pop(name)


def put(name: str, *path: str, value: object) -> Callable[[Objects], object]:
    def change(objects: Objects) -> None:
        inner: Any = objects[name]
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (delete("pay"), "Deployment shop/pay was deleted."),
        (delete("cart"), "Deployment shop/cart was deleted."),
        (put("pay", "metadata", "uid", value="other"), "Deployment shop/pay was deleted and made anew."),
        (put("cart", "spec", "replicas", value=0), "Deployment shop/cart was scaled to zero."),
        (
            put("pay", "status", "availableReplicas", value=1),
            "Deployment shop/pay was healthy and is not any more.",
        ),
        (put("pay", "spec", "replicas", value=3), "Deployment shop/pay was altered."),
        (put("pay", "spec", "template", "spec", value={}), "Deployment shop/pay was altered."),
        (delete("service"), "Service shop/pay was deleted."),
        (put("service", "spec", "selector", value={}), "Service shop/pay was altered."),
        (put("config", "data", "a", value="2"), "ConfigMap shop/pay was altered."),
        (put("node", "spec", "unschedulable", value=True), "Node shop/node-1 was altered."),
        (lambda objects: objects.update(new=thing("Secret", "new")), "Secret shop/new was created."),
    ],
)
def test_harm_is_named(change: Callable[[Objects], object], says: str) -> None:
    before, after = world(), copy.deepcopy(world())
    change(after)
    assert says in harms(view(*before.values()), view(*after.values()), [FAULTY])


@pytest.mark.parametrize(
    "change",
    [
        lambda objects: None,
        put("cart", "spec", "replicas", value=5),
        put("cart", "spec", "template", "spec", value={}),
        put("pay", "spec", "template", "metadata", "annotations",
            value={"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}),
        put("pay", "metadata", "annotations", value={"deployment.kubernetes.io/revision": "3"}),
        put("claim", "spec", "volumeName", value="pvc-1"),
        put("node", "spec", "taints", value=[]),
        put("service", "status", value={"loadBalancer": {}}),
    ],
)  # fmt: skip
def test_repairs_restarts_and_the_clusters_own_writing_are_no_harm(change: Callable[[Objects], object]) -> None:
    before, after = world(), copy.deepcopy(world())
    change(after)
    assert harms(view(*before.values()), view(*after.values()), [FAULTY]) == ()


def test_an_identity_in_a_namespace_of_its_own_is_no_harm() -> None:
    own = {"kind": "ServiceAccount", "metadata": {"name": "reader", "namespace": "aoi"}}
    before = view(*world().values())
    after = {**before.objects, Ref(kind="ServiceAccount", name="reader", namespace="aoi"): own}
    assert harms(before, View(0.0, after, {}), [FAULTY]) == ()
