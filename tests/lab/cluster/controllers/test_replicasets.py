"""ReplicaSets hold their number, adopt, release, and choose whom to delete."""

from tests.lab.cluster.small import Small, deployment, thing


def replica_set(replicas: int) -> dict[str, object]:
    template = {
        "metadata": {"labels": {"app": "rs"}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1"}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "rs"}}, "template": template}
    return thing("ReplicaSet", "rs", spec=spec)


def test_a_deleted_pod_is_replaced() -> None:
    small = Small().after(10, deployment("web", replicas=2))
    gone = small.pods("web")[0]["metadata"]["name"]
    small.delete("Pod", gone)
    small.after(10)
    names = {pod["metadata"]["name"] for pod in small.pods("web")}
    assert len(names) == 2
    assert gone not in names
    assert f"SuccessfulCreate: Created pod: {sorted(names)[0]}" in small.events("web-")


def test_an_orphan_that_matches_is_adopted_instead_of_a_new_pod() -> None:
    small = Small()
    pod = {"containers": [{"name": "main", "image": "nginx:1"}]}
    small.put({"kind": "Pod", "metadata": {"name": "alone", "labels": {"app": "rs"}}, "spec": pod})
    small.after(5, replica_set(1))
    (only,) = small.pods("rs")
    assert only["metadata"]["name"] == "alone"
    assert only["metadata"]["ownerReferences"][0]["name"] == "rs"


def test_a_pod_whose_labels_change_is_let_go_and_replaced() -> None:
    small = Small().after(5, replica_set(1))
    pod = small.pod("rs")
    labels = {"app": "quarantine"}
    small.store.update("Pod", {**pod, "metadata": {**pod["metadata"], "labels": labels}})
    small.after(5)
    assert small.pod("quarantine")["metadata"]["ownerReferences"] == []
    assert small.pod("rs")["metadata"]["name"] != pod["metadata"]["name"]


def test_scaling_down_takes_the_pods_that_do_not_run_first() -> None:
    small = Small(nodes=1)
    small.after(10, deployment("web", replicas=3, resources={"requests": {"cpu": "2"}}))
    running = {pod["metadata"]["name"] for pod in small.pods("web") if pod["status"]["phase"] == "Running"}
    assert len(running) == 2
    small.after(10, deployment("web", replicas=2, resources={"requests": {"cpu": "2"}}))
    assert {pod["metadata"]["name"] for pod in small.pods("web")} == running


def test_refusals_are_repeated_with_growing_pauses_and_counted() -> None:
    small = Small()
    small.put(thing("ResourceQuota", "none", spec={"hard": {"pods": "0"}}))
    small.after(600, deployment("web"))
    refusals = [count for text, count in small.events("web-").items() if text.startswith("FailedCreate")]
    assert sum(refusals) < 25
    (condition,) = small.store.list("ReplicaSet")[0]["status"]["conditions"]
    assert condition["message"].endswith(
        "is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0"
    )
    small.delete("ResourceQuota", "none")
    small.after(1000)
    assert small.get("Deployment", "web")["status"]["availableReplicas"] == 1


def test_a_missing_service_account_is_named() -> None:
    small = Small().after(1, deployment("web", pod={"serviceAccountName": "robot"}))
    (condition,) = small.store.list("ReplicaSet")[0]["status"]["conditions"]
    assert condition["message"].endswith(
        'is forbidden: error looking up service account default/robot: serviceaccount "robot" not found'
    )
