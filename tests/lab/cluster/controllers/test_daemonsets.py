"""DaemonSets: one pod on each node that fits."""

from tests.lab.cluster.controllers.workloads import daemon
from tests.lab.cluster.small import Object, Small, thing


def nodes(small: Small, app: str = "agent") -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in small.pods(app))


def status(small: Small, app: str = "agent") -> Object:
    found: Object = small.get("DaemonSet", app)["status"]
    return found


def change_node(small: Small, name: str, **spec: object) -> None:
    node = small.get("Node", name)
    small.store.update("Node", {**node, "spec": {**node["spec"], **spec}})
    small.world.settle()


def test_every_node_gets_one_and_a_new_node_too() -> None:
    small = Small().after(10, daemon("agent"))
    assert nodes(small) == ["node-1", "node-2", "node-3"]
    assert status(small)["desiredNumberScheduled"] == status(small)["numberAvailable"] == 3
    node = {**small.get("Node", "node-3"), "metadata": {"name": "node-4", "labels": {}}}
    small.after(10, node)
    assert nodes(small)[-1] == "node-4"
    assert sum(text.startswith("SuccessfulCreate: Created pod: agent-") for text in small.events("agent")) == 4


def test_a_selector_and_taints_decide_which_nodes_fit() -> None:
    small = Small()
    zone = {"nodeSelector": {"topology.kubernetes.io/zone": "eu-west-1a"}}
    small.after(10, daemon("agent", pod=zone), daemon("other"))
    assert nodes(small) == ["node-1"]
    change_node(small, "node-2", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
    small.after(10)
    assert nodes(small, "other") == ["node-1", "node-2", "node-3"]
    assert status(small, "other")["numberMisscheduled"] == 1
    change_node(small, "node-2", taints=[{"key": "gpu", "value": "yes", "effect": "NoExecute"}])
    small.after(10)
    assert nodes(small, "other") == ["node-1", "node-3"]


def test_a_cordoned_node_keeps_its_daemon() -> None:
    small = Small().after(10, daemon("agent"))
    change_node(small, "node-1", unschedulable=True)
    small.delete("Pod", small.pods("agent")[0]["metadata"]["name"])
    small.after(40)
    assert nodes(small) == ["node-1", "node-2", "node-3"]


def test_an_update_replaces_one_node_after_the_other() -> None:
    small = Small().after(10, daemon("agent"))
    small.put(daemon("agent", "nginx:1.26"))
    for _ in range(100):
        small.world.advance(0.2)
        assert status(small).get("numberAvailable", 0) >= 2
    assert {pod["spec"]["containers"][0]["image"] for pod in small.pods("agent")} == {"nginx:1.26"}
    assert status(small)["updatedNumberScheduled"] == 3


def test_a_bad_update_stops_at_the_first_node() -> None:
    small = Small().after(10, daemon("agent"))
    small.after(60, daemon("agent", "lab/unready:1", readinessProbe={"httpGet": {"path": "/healthz", "port": 80}}))
    assert status(small)["numberUnavailable"] == 1
    assert status(small)["updatedNumberScheduled"] == 1
    small.after(60, daemon("agent"))
    assert status(small)["numberAvailable"] == 3
    assert sorted(each["revision"] for each in small.store.list("ControllerRevision")) == [2, 3]


def test_with_a_surge_no_node_is_ever_without() -> None:
    strategy = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}
    small = Small().after(10, daemon("agent", spec=strategy))
    small.put(daemon("agent", "nginx:1.26", spec=strategy))
    for _ in range(100):
        small.world.advance(0.2)
        assert status(small)["numberAvailable"] == 3
    assert {pod["spec"]["containers"][0]["image"] for pod in small.pods("agent")} == {"nginx:1.26"}


def test_a_pod_that_ended_is_replaced_with_a_word() -> None:
    small = Small().after(10, daemon("agent"))
    pod = small.pods("agent")[0]
    small.store.update_status("Pod", pod, {**pod["status"], "phase": "Failed"})
    small.world.settle()
    small.after(10)
    assert len(nodes(small)) == 3
    assert any(
        text.startswith("FailedDaemonPod: Found failed daemon pod default/agent-")
        for text in small.events("agent")
    )


def test_a_quota_that_refuses_is_told() -> None:
    small = Small().after(1, thing("ResourceQuota", "few", spec={"hard": {"pods": "1"}}))
    small.after(30, daemon("agent"))
    assert len(nodes(small)) == 1
    assert any(text.startswith("FailedCreate: Error creating: pods ") for text in small.events("agent"))


def test_deleting_the_set_takes_pods_and_revisions_along() -> None:
    small = Small().after(10, daemon("agent"))
    small.delete("DaemonSet", "agent")
    small.after(40)
    assert small.pods("agent") == []
    assert small.store.list("ControllerRevision") == []
