"""Nodes that fail and come back, taints, and what becomes of the pods on them."""

import time

import pytest

from lab.cluster.errors import ApiError
from tests.lab.cluster.controllers.workloads import daemon, stateful
from tests.lab.cluster.small import Object, Small, deployment, service


def failed(small: Small, name: str = "node-1") -> Small:
    small.world.fail_node(name)
    return small


def taints(small: Small, name: str = "node-1") -> list[str]:
    return [f"{each['key']}:{each['effect']}" for each in small.get("Node", name)["spec"].get("taints", [])]


def on(small: Small, app: str, node: str = "node-1") -> list[Object]:
    return [pod for pod in small.pods(app) if pod["spec"].get("nodeName") == node]


def taint(small: Small, name: str, *found: Object) -> None:
    node = small.get("Node", name)
    small.store.update("Node", {**node, "spec": {**node["spec"], "taints": list(found)}})
    small.world.settle()


def test_leases_are_renewed_without_filling_the_log() -> None:
    small = Small()
    version = small.store.version
    small.after(3605)
    assert small.store.version == version
    lease = small.store.require("Lease", "kube-node-lease", "node-1")
    assert lease["spec"]["renewTime"] == "2026-01-05T10:00:00.000000Z"
    beats = {each["lastHeartbeatTime"] for each in small.get("Node", "node-1")["status"]["conditions"]}
    assert beats == {"2026-01-05T10:00:00Z"}


def test_an_idle_day_of_heartbeats_is_cheap() -> None:
    small = Small(nodes=5)
    before = time.process_time()
    small.after(24 * 3600)
    assert time.process_time() - before < 3


def test_a_silent_node_is_called_unknown_after_its_grace() -> None:
    small = failed(Small().after(65, deployment("web", replicas=3), service("web", 80)))
    small.after(34)
    assert taints(small) == []
    small.after(2)
    assert small.conditions("Node", "node-1")["Ready"] == "Unknown NodeStatusUnknown"
    assert small.conditions("Node", "node-1")["MemoryPressure"] == "Unknown NodeStatusUnknown"
    key = "node.kubernetes.io/unreachable"
    assert taints(small) == [f"{key}:NoSchedule", f"{key}:NoExecute"]
    assert small.events("node-1")["NodeNotReady: Node node-1 status is now: NodeNotReady"] == 1
    (pod,) = on(small, "web")
    assert small.events(pod["metadata"]["name"])["NodeNotReady: Node is not ready"] == 1
    (subset,) = small.get("Endpoints", "web")["subsets"]
    assert [each["targetRef"]["name"] for each in subset["notReadyAddresses"]] == [pod["metadata"]["name"]]
    assert small.get("Deployment", "web")["status"]["readyReplicas"] == 2


def test_its_pods_are_marked_after_five_minutes_and_replaced_but_cannot_end() -> None:
    small = failed(Small().after(60, deployment("web", replicas=3), daemon("agent")))
    (pod,) = on(small, "web")
    name = pod["metadata"]["name"]
    small.after(330)
    assert "deletionTimestamp" not in small.get("Pod", name)["metadata"]
    small.after(60)
    assert "deletionTimestamp" in small.get("Pod", name)["metadata"]
    assert small.events(name)[f"TaintManagerEviction: Marking for deletion Pod default/{name}"] == 1
    assert small.get("Deployment", "web")["status"]["readyReplicas"] == 3
    assert len(small.pods("web")) == 4, "the lost one is Terminating until somebody knows better"
    assert len(on(small, "agent")) == 1, "daemons tolerate it"
    small.delete("Pod", name, grace=0)
    assert len(small.pods("web")) == 3


def test_a_lost_pod_of_a_stateful_set_is_not_replaced() -> None:
    small = Small().after(60, stateful("db", replicas=1))
    failed(small, small.pod("db")["spec"]["nodeName"]).after(600)
    assert "deletionTimestamp" in small.pod("db")["metadata"]
    small.delete("Pod", "db-0", grace=0)
    small.after(30)
    assert "deletionTimestamp" not in small.pod("db")["metadata"]
    assert small.pod("db")["status"]["phase"] == "Running"


def test_a_node_that_comes_back_in_time_keeps_its_pods() -> None:
    small = failed(Small().after(60, deployment("web", replicas=3))).after(120)
    (pod,) = on(small, "web")
    small.world.restore_node("node-1")
    small.after(20)
    assert taints(small) == []
    assert small.conditions("Node", "node-1")["Ready"] == "True KubeletReady"
    (back,) = on(small, "web")
    assert back["metadata"]["uid"] == pod["metadata"]["uid"]
    (container,) = back["status"]["containerStatuses"]
    assert (container["restartCount"], container["ready"]) == (1, True)
    assert container["lastState"]["terminated"]["exitCode"] == 255
    events = small.events(pod["metadata"]["name"])
    assert events[f"TaintManagerEviction: Cancelling deletion of Pod default/{pod['metadata']['name']}"] == 1
    assert events["SandboxChanged: Pod sandbox changed, it will be killed and re-created."] == 1
    assert small.events("node-1")["NodeReady: Node node-1 status is now: NodeReady"] == 1


def test_a_node_that_comes_back_late_lets_the_marked_pods_go() -> None:
    small = failed(Small().after(60, deployment("web", replicas=3))).after(600)
    small.world.restore_node("node-1")
    small.after(20)
    assert len(small.pods("web")) == 3
    assert all("deletionTimestamp" not in pod["metadata"] for pod in small.pods("web"))


def test_a_short_failure_goes_unnoticed_but_for_the_restart() -> None:
    small = failed(Small().after(60, deployment("web", replicas=3))).after(10)
    small.world.restore_node("node-1")
    small.after(10)
    assert taints(small) == []
    (pod,) = on(small, "web")
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 1


def test_nobody_can_be_asked_on_a_node_that_is_off() -> None:
    small = failed(Small().after(60, deployment("web", replicas=3)))
    (pod,) = on(small, "web")
    with pytest.raises(ApiError) as refused:
        small.world.logs(pod, "main", False)
    assert refused.value.code == 500
    assert "dial tcp 192.168.1.11:10250: connect: no route to host" in refused.value.message
    with pytest.raises(ApiError):
        small.world.exec(pod, "main", ["date"])
    assert small.world.usage(pod) == {}
    other = next(each for each in small.pods("web") if each["spec"]["nodeName"] != "node-1")
    assert small.world.network.connect(other, pod["status"]["podIP"], 80).reach == "timeout"


def test_a_no_execute_taint_drives_out_who_does_not_tolerate_it() -> None:
    patient = {"tolerations": [{"key": "gpu", "operator": "Exists", "tolerationSeconds": 60}]}
    small = Small(nodes=1).after(10, deployment("web"), deployment("slow", pod=patient))
    name = small.pod("slow")["metadata"]["name"]
    taint(small, "node-1", {"key": "gpu", "value": "yes", "effect": "NoExecute"})
    assert any("deletionTimestamp" in pod["metadata"] for pod in small.pods("web"))
    small.after(40)
    assert "nodeName" not in small.pod("web")["spec"]
    assert small.pod("slow")["spec"]["nodeName"] == "node-1"
    small.after(40)
    assert name not in [pod["metadata"]["name"] for pod in small.pods("slow")]


def test_the_pods_of_a_node_that_was_deleted_are_collected() -> None:
    small = Small().after(60, deployment("web", replicas=3))
    (pod,) = on(small, "web")
    small.delete("Node", "node-1")
    small.after(30)
    assert small.store.get("Pod", "default", pod["metadata"]["name"])
    small.after(30)
    assert small.store.get("Pod", "default", pod["metadata"]["name"]) is None
    assert small.get("Deployment", "web")["status"]["readyReplicas"] == 3


def test_a_failure_in_one_leap_and_in_many_steps_is_the_same() -> None:
    leap, steps = Small(), Small()
    for small in (leap, steps):
        failed(small.after(33, deployment("web", replicas=4), daemon("agent")))
    leap.world.advance(500)
    for _ in range(1000):
        steps.world.advance(0.5)
    for kind in ("Node", "Pod", "Event", "Lease", "Deployment"):
        assert leap.store.list(kind) == steps.store.list(kind)
