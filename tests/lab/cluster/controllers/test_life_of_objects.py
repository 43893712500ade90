"""Namespaces, garbage and quotas: what comes with an object and what goes with it."""

from tests.lab.cluster.small import Small, deployment, service, thing


def test_a_namespace_is_furnished_and_refurnished() -> None:
    small = Small()
    small.put({"kind": "Namespace", "metadata": {"name": "team"}})
    assert small.store.get("ServiceAccount", "team", "default")
    small.store.delete("ConfigMap", "team", "kube-root-ca.crt")
    small.world.settle()
    assert small.store.get("ConfigMap", "team", "kube-root-ca.crt")


def test_a_namespace_ends_when_everything_in_it_has_ended() -> None:
    small = Small()
    small.put({"kind": "Namespace", "metadata": {"name": "team"}})
    web = deployment("web", replicas=2)
    web["metadata"]["namespace"] = "team"
    small.after(10, web)
    small.store.delete("Namespace", None, "team")
    small.world.settle()
    found = small.store.require("Namespace", None, "team")
    assert found["status"]["phase"] == "Terminating"
    small.after(40)
    assert small.store.get("Namespace", None, "team") is None
    assert small.store.list("Pod", "team") == []
    assert small.store.list("ServiceAccount", "team") == []


def test_deleting_a_deployment_takes_its_sets_and_pods_along() -> None:
    small = Small().after(10, deployment("web", replicas=2), service("web", 80))
    small.delete("Deployment", "web")
    small.after(10)
    assert small.store.list("ReplicaSet") == []
    assert small.pods("web") == []
    assert small.get("Service", "web")


def test_an_object_whose_owner_never_was_is_collected() -> None:
    small = Small()
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "ghost", "uid": "no-such-uid"}
    small.put({"kind": "ConfigMap", "metadata": {"name": "stray", "ownerReferences": [owner]}})
    assert small.store.get("ConfigMap", "default", "stray") is None


def test_with_two_owners_an_object_stays_until_the_second_goes() -> None:
    small = Small()
    owners = []
    for name in ("one", "two"):
        small.put(thing("ConfigMap", name))
        uid = small.get("ConfigMap", name)["metadata"]["uid"]
        owners.append({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid})
    small.put({"kind": "Secret", "metadata": {"name": "shared", "ownerReferences": owners}})
    small.delete("ConfigMap", "one")
    assert [each["name"] for each in small.get("Secret", "shared")["metadata"]["ownerReferences"]] == ["two"]
    small.delete("ConfigMap", "two")
    assert small.store.get("Secret", "default", "shared") is None


def test_a_foreground_deletion_waits_for_the_dependents() -> None:
    small = Small().after(10, deployment("web"))
    found = small.get("Deployment", "web")
    meta = {**found["metadata"], "finalizers": ["foregroundDeletion"]}
    small.store.update("Deployment", {**found, "metadata": meta})
    small.delete("Deployment", "web")
    assert "deletionTimestamp" not in found["metadata"]
    small.after(20)
    assert small.store.get("Deployment", "default", "web") is None
    assert small.pods("web") == []


def test_an_event_is_kept_for_an_hour_after_it_was_last_seen() -> None:
    small = Small().after(10, deployment("web"), deployment("bad", "lab/broken:1"))
    small.after(3580)
    assert any(text.startswith("Scheduled: ") for text in small.events("web-"))
    small.after(30)
    assert small.events("web-") == {}
    assert any(text.startswith("BackOff: ") for text in small.events("bad-"))


def test_a_quota_counts_pods_compute_and_objects() -> None:
    small = Small()
    hard = {
        "pods": "10",
        "requests.cpu": "2",
        "limits.memory": "4Gi",
        "services": "5",
        "count/deployments.apps": "3",
    }
    small.put(thing("ResourceQuota", "all", spec={"hard": hard}))
    limits = {"cpu": "250m", "memory": "512Mi"}
    small.after(10, deployment("web", replicas=2, resources={"limits": limits}), service("web", 80))
    assert small.get("ResourceQuota", "all")["status"]["used"] == {
        "pods": "2",
        "requests.cpu": "500m",
        "limits.memory": "1Gi",
        "services": "1",
        "count/deployments.apps": "1",
    }
    small.after(10, deployment("web", replicas=0, resources={"limits": limits}))
    assert small.get("ResourceQuota", "all")["status"]["used"]["pods"] == "0"
