"""Analyzers of pods that find no node, no volume, or are not allowed to exist."""

import pytest

from domain.actions import AddToleration, PatchNodeSelector, PatchQuota, RollBack, SetResources, Uncordon
from domain.cluster import Ref
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, changed, healthy, node, ref
from tools.analyzers import (
    claims,
    nodes,
    quota,
    service_account,
    unschedulable_resources,
    unschedulable_selector,
    unschedulable_taint,
)

API = ref("Deployment", "api")
BACK = RollBack(target=API, revision=1)
SELECTOR = (
    "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are"
)


def test_node_selector_that_no_node_has() -> None:
    world = World()
    world.deploy("api", spec={"nodeSelector": {"disk": "sdd"}}, before={"nodeSelector": {"disk": "ssd"}})
    world.objects["Node"] = [node("node-1", disk="ssd")]
    world.unscheduled("api-0", SELECTOR)
    [found] = world.run(unschedulable_selector.analyze)
    assert "disk=sdd" in found.hypothesis.statement
    assert "preemption" not in found.findings[0].text
    assert found.hypothesis.actions == (BACK, PatchNodeSelector(target=API, node_selector={"disk": "ssd"}))


def test_node_selector_without_likeness_is_dropped_and_the_rest_is_kept() -> None:
    world = World()
    world.deploy("api", spec={"nodeSelector": {"gpu": "a100", "pool": "web"}})
    world.objects["Node"] = [node("node-1", pool="web")]
    world.unscheduled("api-0", SELECTOR)
    [found] = world.run(unschedulable_selector.analyze)
    assert found.hypothesis.actions == (PatchNodeSelector(target=API, node_selector={"pool": "web"}),)


def test_requests_larger_than_any_node() -> None:
    world = World()
    small = {"container": {"resources": {"requests": {"memory": "256Mi"}}}}
    world.deploy("api", resources={"requests": {"memory": "64Gi"}}, before=small)
    world.unscheduled("api-0", "0/2 nodes are available: 2 Insufficient memory.")
    [found] = world.run(unschedulable_resources.analyze)
    assert "not enough memory for its 64Gi" in found.hypothesis.statement
    lower = SetResources(target=API, container="api", requests={"memory": "256Mi"})
    assert found.hypothesis.actions == (BACK, lower)


def test_too_many_pods_is_a_lack_of_room_too() -> None:
    world = healthy()
    world.unscheduled("api-0", "0/2 nodes are available: 2 Too many pods.")
    assert len(world.run(unschedulable_resources.analyze)) == 1


@pytest.mark.parametrize("said", ["untolerated taint {pool: batch}", "untolerated taint(s)"])
def test_taint_in_either_spelling(said: str) -> None:
    world = World()
    world.deploy("api")
    for each in world.objects["Node"]:
        each["spec"]["taints"] = [{"key": "pool", "value": "batch", "effect": "NoSchedule"}]
    world.unscheduled("api-0", f"0/2 nodes are available: 2 node(s) had {said}.")
    [found] = world.run(unschedulable_taint.analyze)
    assert "pool=batch:NoSchedule" in found.hypothesis.statement
    expected = AddToleration(target=API, key="pool", value="batch", effect="NoSchedule")
    assert found.hypothesis.actions == (expected,)


def test_a_taint_of_nodes_that_were_never_meant_for_the_workload_is_not_the_cause() -> None:
    """Node-1 is free of taints, and too small: the taint of node-2 only keeps others off."""
    world = World()
    world.deploy("api", resources={"requests": {"memory": "64Gi"}})
    world.objects["Node"][1]["spec"]["taints"] = [{"key": "pool", "value": "batch", "effect": "NoSchedule"}]
    said = "0/2 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s)."
    world.unscheduled("api-0", said)
    assert world.run(unschedulable_taint.analyze) == []
    assert len(world.run(unschedulable_resources.analyze)) == 1


def test_a_node_selector_that_a_tainted_node_satisfies_is_right() -> None:
    world = World()
    world.deploy("api", spec={"nodeSelector": {"pool": "batch"}})
    world.objects["Node"] = [node("node-1"), node("node-2", pool="batch")]
    world.objects["Node"][1]["spec"]["taints"] = [{"key": "pool", "value": "batch", "effect": "NoSchedule"}]
    said = "1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s)."
    world.unscheduled("api-0", said)
    assert world.run(unschedulable_selector.analyze) == []
    assert len(world.run(unschedulable_taint.analyze)) == 1


def test_required_node_affinity_is_read_like_a_node_selector() -> None:
    world = World()
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    world.deploy("api", spec={"affinity": {"nodeAffinity": rule}})
    world.unscheduled("api-0", SELECTOR)
    [found] = world.run(unschedulable_selector.analyze)
    assert found.hypothesis.actions == ()


def test_a_tolerated_taint_and_the_cluster_s_own_are_no_suspects() -> None:
    world = World()
    world.deploy("api", spec={"tolerations": [{"key": "pool", "operator": "Exists"}]})
    taints = world.objects["Node"][0]["spec"].setdefault("taints", [])
    taints += [{"key": "pool", "value": "x", "effect": "NoSchedule"}]
    taints += [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]
    world.unscheduled("api-0", "0/2 nodes are available: 2 node(s) had untolerated taint(s).")
    assert world.run(unschedulable_taint.analyze) == []


def test_cordoned_node_is_uncordoned_only_when_pods_wait_for_it() -> None:
    world = healthy()
    world.objects["Node"][0]["spec"]["unschedulable"] = True
    assert world.run(nodes.analyze_cordoned) == []
    world.unscheduled("api-0", "0/2 nodes are available: 1 node(s) were unschedulable, 1 Insufficient cpu.")
    [found] = world.run(nodes.analyze_cordoned)
    target = Ref(kind="Node", name="node-1")
    assert found.hypothesis.actions == (Uncordon(target=target),)
    assert found.hypothesis.affected == (API,)


def test_node_that_is_not_ready_and_carries_pods() -> None:
    world = healthy()
    down = {"type": "Ready", "status": "Unknown", "message": "Kubelet stopped posting node status."}
    world.objects["Node"][0]["status"]["conditions"] = [down]
    [found] = world.run(nodes.analyze_not_ready)
    assert found.hypothesis.subject == Ref(kind="Node", name="node-1")
    assert "Kubelet stopped posting" in found.hypothesis.statement
    assert set(found.hypothesis.affected) == {ref("Deployment", n) for n in ("web", "api", "store")}


def test_a_sick_node_without_our_pods_is_not_our_incident() -> None:
    world = healthy()
    world.objects["Node"][1]["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    assert world.run(nodes.analyze_not_ready) == []


def test_pending_claim_whose_class_does_not_exist() -> None:
    world = World()
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data-2"}}
    old = {"name": "data", "persistentVolumeClaim": {"claimName": "data-1"}}
    world.deploy("api", spec={"volumes": [volume]}, before={"volumes": [old]})
    world.add("StorageClass", "standard")
    body = {"spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}}
    world.add("PersistentVolumeClaim", "data-2", body)
    world.unscheduled("api-0", "pod has unbound immediate PersistentVolumeClaims")
    [found] = world.run(claims.analyze_pending)
    assert "no storage class fast" in found.hypothesis.statement
    assert found.hypothesis.actions == (BACK,)
    assert found.hypothesis.affected == (API,)


def test_a_claim_that_nobody_waits_for_may_stay_pending() -> None:
    world = healthy()
    world.add("PersistentVolumeClaim", "spare", {"spec": {}, "status": {"phase": "Pending"}})
    assert world.run(claims.analyze_pending) == []


def test_missing_claim() -> None:
    world = World()
    world.deploy("api", spec={"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "gone"}}]})
    world.unscheduled("api-0", 'persistentvolumeclaim "gone" not found')
    [found] = world.run(claims.analyze_missing)
    assert "claim gone" in found.hypothesis.statement
    world.unreadable["PersistentVolumeClaim"] = "Forbidden."
    assert world.run(claims.analyze_missing) == []


EXCEEDED = (
    'pods "api-x" is forbidden: exceeded quota: compute, requested: requests.cpu=500m,'
    " used: requests.cpu=1900m, limited: requests.cpu=2"
)


def test_quota_is_raised_by_just_what_is_missing() -> None:
    world = World()
    world.deploy("api", replicas=2)
    limit = world.add("ResourceQuota", "compute", {"spec": {"hard": {"requests.cpu": "2", "pods": "20"}}})
    changed(limit, 60)
    world.unborn("api", EXCEEDED)
    [found] = world.run(quota.analyze)
    assert found.hypothesis.subject == ref("ResourceQuota", "compute")
    assert found.hypothesis.affected == (API,)
    expected = PatchQuota(target=ref("ResourceQuota", "compute"), hard={"requests.cpu": "2900m"})
    assert found.hypothesis.actions[0] == expected


def test_quota_holds_because_the_last_revision_asks_for_more() -> None:
    world = World()
    small = {"container": {"resources": {"requests": {"cpu": "100m"}}}}
    world.deploy("api", resources={"requests": {"cpu": "500m"}}, before=small)
    changed(world.objects["Deployment"][0], 60)
    world.add("ResourceQuota", "compute", {"spec": {"hard": {"requests.cpu": "2"}}})
    world.unborn("api", EXCEEDED)
    [found] = world.run(quota.analyze)
    assert found.hypothesis.actions[0] == BACK


@pytest.mark.parametrize("what", ["limits.cpu,limits.memory", "limits.cpu for: api; limits.memory for: api"])
def test_quota_that_demands_limits(what: str) -> None:
    world = World()
    bounded = {"container": {"resources": {"limits": {"cpu": "1"}}}}
    world.deploy("api", before=bounded)
    world.unborn("api", f'pods "api-x" is forbidden: failed quota: compute: must specify {what}')
    [found] = world.run(quota.analyze)
    assert found.hypothesis.cause is Cause.QUOTA_EXCEEDED
    assert found.hypothesis.actions == (BACK,)


def test_missing_service_account_and_its_near_namesake() -> None:
    world = World()
    world.deploy("api", spec={"serviceAccountName": "apy"}, before={"serviceAccountName": "api"})
    world.add("ServiceAccount", "api")
    world.unborn(
        "api", 'pods "x" is forbidden: error looking up service account prod/apy: serviceaccount "apy" not found'
    )
    [found] = world.run(service_account.analyze)
    assert "service account apy does not exist" in found.hypothesis.statement
    assert any("account api" in finding.text for finding in found.findings)
    assert found.hypothesis.actions == (BACK,)


def test_an_old_refusal_of_a_complete_workload_is_history() -> None:
    world = healthy()
    world.event("ReplicaSet", "api-r2", "FailedCreate", f"Error creating: {EXCEEDED}", seconds=500)
    assert world.run(quota.analyze) == []
