"""The scheduler binds, or refuses in the exact words, and tries again when the world changes."""

from typing import Any

import pytest

from tests.lab.cluster.small import Small, deployment, thing


def refusal(small: Small, app: str) -> str:
    pod = small.pod(app)
    (condition,) = [each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled"]
    assert condition["reason"] == "Unschedulable"
    message = str(condition["message"])
    assert f"FailedScheduling: {message}" in small.events(pod["metadata"]["name"])
    return message


def taint(small: Small, node: str, **spec: Any) -> None:
    found = small.get("Node", node)
    small.store.update("Node", {**found, "spec": {**found["spec"], **spec}})
    small.world.settle()


NOT_HELPFUL = "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."


def test_no_node_has_the_label() -> None:
    small = Small().after(1, deployment("web", pod={"nodeSelector": {"disk": "ssd"}}))
    assert refusal(small, "web") == (
        f"0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. {NOT_HELPFUL}"
    )
    node = small.get("Node", "node-2")
    labels = {**node["metadata"]["labels"], "disk": "ssd"}
    small.store.update("Node", {**node, "metadata": {**node["metadata"], "labels": labels}})
    small.after(5)
    assert small.pod("web")["spec"]["nodeName"] == "node-2"


def test_no_node_has_the_room() -> None:
    small = Small().after(1, deployment("web", resources={"requests": {"cpu": "6", "memory": "64Gi"}}))
    assert refusal(small, "web") == (
        "0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory. "
        "preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    )


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.33", "1 node(s) had untolerated taint {dedicated: gpu}"), ("1.34", "1 node(s) had untolerated taint(s)")],
)
def test_taints_cordons_and_shortages_are_counted_apart(version: str, words: str) -> None:
    small = Small(version=version)
    taint(small, "node-1", taints=[{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}])
    taint(small, "node-2", unschedulable=True)
    small.after(1, deployment("web", resources={"requests": {"cpu": "6"}}))
    assert refusal(small, "web") == (
        f"0/3 nodes are available: 1 Insufficient cpu, {words}, 1 node(s) were unschedulable. "
        "preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )


def test_a_toleration_lets_the_pod_on_the_tainted_node() -> None:
    small = Small(nodes=1)
    taint(small, "node-1", taints=[{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}])
    tolerations = [{"key": "dedicated", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}]
    small.after(5, deployment("web", pod={"tolerations": tolerations}))
    assert small.pod("web")["spec"]["nodeName"] == "node-1"


def test_an_uncordoned_node_takes_the_waiting_pod() -> None:
    small = Small(nodes=1)
    taint(small, "node-1", unschedulable=True)
    small.after(1, deployment("web"))
    assert "1 node(s) were unschedulable" in refusal(small, "web")
    taint(small, "node-1", unschedulable=False)
    small.after(5)
    assert small.pod("web")["status"]["phase"] == "Running"


def test_room_that_a_deleted_pod_leaves_is_taken() -> None:
    small = Small(nodes=1).after(5, deployment("first", resources={"requests": {"cpu": "3"}}))
    small.after(5, deployment("second", resources={"requests": {"cpu": "3"}}))
    assert "1 Insufficient cpu" in refusal(small, "second")
    small.after(5, deployment("first", replicas=0, resources={"requests": {"cpu": "3"}}))
    assert small.pod("second")["status"]["phase"] == "Running"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (None, 'persistentvolumeclaim "data" not found'),
        ({"storageClassName": "fast"}, "pod has unbound immediate PersistentVolumeClaims"),
    ],
)
def test_a_claim_that_is_absent_or_unbound_keeps_the_pod_off_every_node(claim: Any, words: str) -> None:
    small = Small()
    if claim is not None:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **claim}
        small.put(thing("PersistentVolumeClaim", "data", spec=spec))
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    small.after(1, deployment("web", pod={"volumes": volumes}))
    assert refusal(small, "web") == f"0/3 nodes are available: {words}. {NOT_HELPFUL}"


def test_anti_affinity_spreads_and_then_refuses() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    small = Small().after(5, deployment("web", replicas=4, pod={"affinity": affinity}))
    bound = [pod["spec"].get("nodeName") for pod in small.pods("web")]
    assert sorted(filter(None, bound)) == ["node-1", "node-2", "node-3"]
    assert any("3 node(s) didn't match pod anti-affinity rules" in text for text in small.events("web-"))


def test_pods_of_one_owner_spread_over_the_nodes() -> None:
    small = Small().after(5, deployment("web", replicas=6))
    nodes = sorted(pod["spec"]["nodeName"] for pod in small.pods("web"))
    assert nodes == ["node-1", "node-1", "node-2", "node-2", "node-3", "node-3"]
