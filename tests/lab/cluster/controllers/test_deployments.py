"""Deployments roll out, back, pause, scale and say so."""

from typing import Any

import pytest

from tests.lab.cluster.small import Small, deployment, thing


def revision(small: Small, name: str) -> str:
    return str(small.get("Deployment", name)["metadata"]["annotations"]["deployment.kubernetes.io/revision"])


def images(small: Small, app: str) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in small.pods(app)}


def test_a_new_deployment_becomes_available_and_complete() -> None:
    small = Small().after(10, deployment("web", replicas=3))
    status = small.get("Deployment", "web")["status"]
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (3, 3, 3)
    assert small.conditions("Deployment", "web") == {
        "Available": "True MinimumReplicasAvailable",
        "Progressing": "True NewReplicaSetAvailable",
    }
    assert any("Scaled up replica set web-" in text and "from 0 to 3" in text for text in small.events("web"))


def test_an_update_never_leaves_the_limits_of_surge_and_availability() -> None:
    small = Small().after(10, deployment("web", replicas=8))
    small.put(deployment("web", "nginx:1.26", replicas=8))
    for _ in range(200):
        small.world.advance(0.1)
        alive = [pod for pod in small.pods("web") if "deletionTimestamp" not in pod["metadata"]]
        assert len(alive) <= 10
        assert small.get("Deployment", "web")["status"].get("availableReplicas", 0) >= 6
    assert images(small, "web") == {"nginx:1.26"}
    assert revision(small, "web") == "2"


def test_recreate_starts_the_new_pods_only_when_the_old_ones_are_gone() -> None:
    small = Small().after(10, deployment("web", replicas=2, spec={"strategy": {"type": "Recreate"}}))
    small.put(deployment("web", "nginx:1.26", replicas=2, spec={"strategy": {"type": "Recreate"}}))
    seen = set()
    for _ in range(100):
        small.world.advance(0.1)
        seen.add(frozenset(images(small, "web")))
    assert frozenset(("nginx:1.25", "nginx:1.26")) not in seen
    assert images(small, "web") == {"nginx:1.26"}


def test_recreate_does_not_wait_for_pods_that_were_evicted() -> None:
    small = Small(nodes=1).after(10, deployment("web", replicas=1, spec={"strategy": {"type": "Recreate"}}))
    small.world.occupy_node("node-1", disk="95Gi")
    small.world.advance(5)
    assert [pod["status"]["reason"] for pod in small.pods("web") if pod["status"]["phase"] == "Failed"]
    small.world.occupy_node("node-1")
    small.after(400, deployment("web", "nginx:1.26", spec={"strategy": {"type": "Recreate"}}))
    assert small.get("Deployment", "web")["status"]["availableReplicas"] == 1
    assert "nginx:1.26" in images(small, "web")


def test_the_old_template_brings_back_the_old_replica_set_under_a_new_revision() -> None:
    small = Small().after(10, deployment("web"))
    first = small.pod("web")["metadata"]["labels"]["pod-template-hash"]
    small.after(20, deployment("web", "nginx:1.26"))
    small.after(20, deployment("web"))
    assert small.pod("web")["metadata"]["labels"]["pod-template-hash"] == first
    assert revision(small, "web") == "3"
    history = small.get("ReplicaSet", f"web-{first}")["metadata"]["annotations"]
    assert history["deployment.kubernetes.io/revision-history"] == "1"
    assert len(small.store.list("ReplicaSet")) == 2


def test_history_beyond_the_limit_is_dropped_oldest_first() -> None:
    small = Small()
    for tag in ("1.25", "1.26", "1.27", "1.28"):
        small.after(20, deployment("web", f"nginx:{tag}", spec={"revisionHistoryLimit": 1}))
    kept = {each["spec"]["template"]["spec"]["containers"][0]["image"] for each in small.store.list("ReplicaSet")}
    assert kept == {"nginx:1.27", "nginx:1.28"}


def test_a_rollout_that_stands_still_is_timed_out_and_recovers_with_the_image() -> None:
    small = Small().after(10, deployment("api", "nginx:1.25", replicas=2))
    small.after(590, deployment("api", "lab/api:9", replicas=2))
    assert small.conditions("Deployment", "api")["Progressing"] == "True ReplicaSetUpdated"
    small.after(20)
    assert small.conditions("Deployment", "api") == {
        "Available": "True MinimumReplicasAvailable",
        "Progressing": "False ProgressDeadlineExceeded",
    }
    small.after(30, deployment("api", "nginx:1.26", replicas=2))
    assert small.conditions("Deployment", "api")["Progressing"] == "True NewReplicaSetAvailable"


def test_pods_that_fail_later_do_not_count_as_a_rollout() -> None:
    small = Small().after(700, deployment("web", "lab/broken:1"))
    assert small.conditions("Deployment", "web") == {
        "Available": "False MinimumReplicasUnavailable",
        "Progressing": "True NewReplicaSetAvailable",
    }


def test_a_paused_deployment_keeps_its_pods_until_it_is_resumed() -> None:
    small = Small().after(10, deployment("web"))
    small.after(20, deployment("web", "nginx:1.26", spec={"paused": True}))
    assert images(small, "web") == {"nginx:1.25"}
    assert small.conditions("Deployment", "web")["Progressing"] == "Unknown DeploymentPaused"
    small.after(20, deployment("web", "nginx:1.26"))
    assert images(small, "web") == {"nginx:1.26"}


@pytest.mark.parametrize("size", [0, 1, 5])
def test_scaling_changes_the_number_and_not_the_revision(size: int) -> None:
    small = Small().after(10, deployment("web", replicas=3))
    small.after(20, deployment("web", replicas=size))
    assert len(small.pods("web")) == size
    assert revision(small, "web") == "1"
    assert small.conditions("Deployment", "web")["Available"] == "True MinimumReplicasAvailable"


def test_scaling_amid_a_stuck_rollout_keeps_the_mix_of_revisions() -> None:
    small = Small().after(10, deployment("web", replicas=4))
    small.after(20, deployment("web", "lab/api:9", replicas=4))
    small.after(20, deployment("web", "lab/api:9", replicas=8))
    sizes: dict[Any, int] = {}
    for pod in small.pods("web"):
        image = pod["spec"]["containers"][0]["image"]
        sizes[image] = sizes.get(image, 0) + 1
    assert sizes["nginx:1.25"] >= 6
    assert sum(sizes.values()) <= 10


def test_min_ready_seconds_hold_back_availability() -> None:
    small = Small().after(10, deployment("web", spec={"minReadySeconds": 30}))
    assert "availableReplicas" not in small.get("Deployment", "web")["status"]
    small.after(30)
    assert small.get("Deployment", "web")["status"]["availableReplicas"] == 1


def test_a_refused_pod_shows_on_set_and_deployment() -> None:
    small = Small()
    small.put(thing("ResourceQuota", "few", spec={"hard": {"pods": "1"}}))
    small.after(10, deployment("web", replicas=2))
    assert small.conditions("Deployment", "web")["ReplicaFailure"] == "True FailedCreate"
    small.delete("ResourceQuota", "few")
    small.after(30)
    assert "ReplicaFailure" not in small.conditions("Deployment", "web")
    assert small.conditions("Deployment", "web")["Progressing"] == "True NewReplicaSetAvailable"
