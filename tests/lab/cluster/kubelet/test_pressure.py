"""A node that runs short says so, evicts pods in order, and recovers."""

from lab.cluster.printing.pod_state import pod_state
from tests.lab.cluster.controllers.workloads import daemon
from tests.lab.cluster.small import BEHAVIOURS, Object, Small, deployment, thing

GREEDY = (
    BEHAVIOURS
    + """
  - {image: "lab/greedy:*", ports: [80], memory: {mib: 600}}
  - {image: "lab/runaway:*", memory: {mib: 500, growth_per_minute: 1000}}
"""
)
MODEST = {"requests": {"memory": "64Mi"}}


def small_node(nodes: int = 1) -> Small:
    return Small(nodes=nodes, behaviours=GREEDY)


def evicted(small: Small, app: str) -> list[Object]:
    return [pod for pod in small.pods(app) if pod["status"].get("reason") == "Evicted"]


def condition(small: Small, kind: str, node: str = "node-1") -> str:
    return small.conditions("Node", node)[kind]


def taints(small: Small, node: str = "node-1") -> list[str]:
    return [each["key"] for each in small.get("Node", node)["spec"].get("taints", [])]


def test_the_pod_that_exceeds_its_request_most_goes_first_with_a_reason() -> None:
    small = small_node().after(30, deployment("hog", "lab/greedy:1"), deployment("web", resources=MODEST))
    small.world.occupy_node("node-1", memory="14900Mi")
    small.after(5)
    (pod,) = evicted(small, "hog")
    assert evicted(small, "web") == []
    message = pod["status"]["message"]
    assert message.startswith("The node was low on resource: memory. Threshold quantity: 100Mi, available: ")
    larger = "Container main was using 614400Ki, request is 0, has larger consumption of memory. "
    assert message.endswith(larger), "the space at the end is real"
    assert pod["status"]["phase"] == "Failed"
    assert pod_state(pod).status == "Evicted"
    assert f"Evicted: {message}" in small.events("hog")
    targets = [each["reason"] for each in pod["status"]["conditions"] if each["type"] == "DisruptionTarget"]
    assert targets == ["TerminationByKubelet"]
    assert condition(small, "MemoryPressure") == "True KubeletHasInsufficientMemory"
    assert taints(small) == ["node.kubernetes.io/memory-pressure"]
    events = small.events("node-1")
    assert events["EvictionThresholdMet: Attempting to reclaim memory"] == 1
    assert events["NodeHasInsufficientMemory: Node node-1 status is now: NodeHasInsufficientMemory"] == 1


def test_the_condition_stays_for_five_minutes_and_then_the_pod_comes_back() -> None:
    small = small_node().after(30, deployment("hog", "lab/greedy:1"))
    small.world.occupy_node("node-1", memory="14900Mi")
    small.after(5)
    small.world.occupy_node("node-1")
    small.after(280)
    assert condition(small, "MemoryPressure").startswith("True")
    small.after(60)
    assert condition(small, "MemoryPressure") == "False KubeletHasSufficientMemory"
    assert taints(small) == []
    assert [pod["status"]["phase"] for pod in small.pods("hog")].count("Running") == 1
    assert len(evicted(small, "hog")) == 1, "an evicted pod stays as an object"


def test_a_leak_without_a_limit_ends_in_an_eviction() -> None:
    small = small_node(nodes=2).after(600, deployment("leak", "lab/runaway:1"))
    assert evicted(small, "leak") == []
    small.after(600)
    assert len(evicted(small, "leak")) == 1
    assert small.get("Deployment", "leak")["status"]["availableReplicas"] == 1


def test_a_full_disk_drives_pods_away_one_by_one_and_turns_daemons_away() -> None:
    small = small_node(nodes=2).after(30, deployment("web", replicas=4), daemon("agent"))
    small.world.occupy_node("node-1", disk="95Gi")
    small.after(120)
    assert condition(small, "DiskPressure") == "True KubeletHasDiskPressure"
    assert taints(small) == ["node.kubernetes.io/disk-pressure"]
    (first, *_) = evicted(small, "web")
    assert first["status"]["message"].startswith(
        "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: "
    )
    running = [pod for pod in small.pods("web") if pod["status"]["phase"] == "Running"]
    assert {pod["spec"]["nodeName"] for pod in running} == {"node-2"}
    assert "Evicted: The node had condition: [DiskPressure]. " in small.events("agent")


def test_critical_pods_stay() -> None:
    small = small_node()
    critical = {"priorityClassName": "system-node-critical"}
    small.after(30, deployment("net", pod=critical), deployment("web"))
    small.world.occupy_node("node-1", disk="95Gi")
    small.after(60)
    assert evicted(small, "web")
    assert evicted(small, "net") == []


def test_a_node_that_is_merely_busy_evicts_nobody() -> None:
    small = small_node().after(30, deployment("hog", "lab/greedy:1", replicas=5), thing("ConfigMap", "other"))
    small.world.occupy_node("node-1", memory="10Gi", disk="80Gi")
    small.after(60)
    assert evicted(small, "hog") == []
    assert condition(small, "MemoryPressure").startswith("False")
