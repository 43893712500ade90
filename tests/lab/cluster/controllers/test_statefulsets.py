"""StatefulSets: names and claims that stay, one pod after the other."""

import pytest

from tests.lab.cluster.controllers.workloads import stateful
from tests.lab.cluster.small import Object, Small, deployment, service, thing

CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
PROBE = {"httpGet": {"path": "/healthz", "port": 80}}


def names(small: Small, app: str = "db") -> list[str]:
    return [pod["metadata"]["name"] for pod in small.pods(app)]


def images(small: Small, app: str = "db") -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in small.pods(app)}


def status(small: Small, app: str = "db") -> Object:
    found: Object = small.get("StatefulSet", app)["status"]
    return found


def test_pods_come_one_by_one_each_when_the_one_before_is_ready() -> None:
    small = Small().after(0, stateful("db"))
    assert names(small) == ["db-0"]
    small.after(2.5)
    assert names(small)[:2] == ["db-0", "db-1"]
    small.after(20)
    assert names(small) == ["db-0", "db-1", "db-2"]
    assert status(small)["readyReplicas"] == 3
    assert status(small)["currentRevision"] == status(small)["updateRevision"]
    pod = small.get("Pod", "db-1")
    assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "db-1"
    assert pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "1"
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "db")
    assert "SuccessfulCreate: create Pod db-2 in StatefulSet db successful" in small.events("db")


def test_parallel_pods_come_at_once() -> None:
    small = Small().after(0, stateful("db", spec={"podManagementPolicy": "Parallel"}))
    assert names(small) == ["db-0", "db-1", "db-2"]


def test_a_pod_that_is_not_ready_holds_the_next_ones_back() -> None:
    small = Small().after(60, stateful("db", "lab/unready:1", readinessProbe=PROBE))
    assert names(small) == ["db-0"]
    assert status(small)["replicas"] == 1
    assert "readyReplicas" not in status(small)


def test_claims_are_made_and_outlive_pods_and_sets() -> None:
    small = Small().after(60, stateful("db", replicas=2, spec={"volumeClaimTemplates": [CLAIM]}))
    claims = [each["metadata"]["name"] for each in small.store.list("PersistentVolumeClaim")]
    assert claims == ["data-db-0", "data-db-1"]
    assert small.get("PersistentVolumeClaim", "data-db-0")["status"]["phase"] == "Bound"
    assert small.get("Pod", "db-0")["status"]["phase"] == "Running"
    volume = small.get("PersistentVolumeClaim", "data-db-0")["spec"]["volumeName"]
    small.delete("Pod", "db-0")
    small.after(60)
    assert small.get("PersistentVolumeClaim", "data-db-0")["spec"]["volumeName"] == volume
    small.delete("StatefulSet", "db")
    small.after(60)
    assert names(small) == []
    assert len(small.store.list("PersistentVolumeClaim")) == 2


def test_claims_go_with_the_set_where_the_policy_says_so() -> None:
    policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
    spec = {"volumeClaimTemplates": [CLAIM], "persistentVolumeClaimRetentionPolicy": policy}
    small = Small().after(60, stateful("db", replicas=2, spec=spec))
    small.after(60, stateful("db", replicas=1, spec=spec))
    assert [each["metadata"]["name"] for each in small.store.list("PersistentVolumeClaim")] == ["data-db-0"]
    small.delete("StatefulSet", "db")
    small.after(60)
    assert small.store.list("PersistentVolumeClaim") == []


def test_scaling_down_takes_the_highest_first() -> None:
    small = Small().after(60, stateful("db"))
    small.put(stateful("db", replicas=1))
    ends = [pod["metadata"]["name"] for pod in small.pods("db") if "deletionTimestamp" in pod["metadata"]]
    assert ends == ["db-2"]
    small.after(30)
    assert names(small) == ["db-0"]
    assert "SuccessfulDelete: delete Pod db-1 in StatefulSet db successful" in small.events("db")


def test_an_update_rolls_from_the_highest_ordinal_down() -> None:
    small = Small().after(60, stateful("db"))
    before = status(small)["currentRevision"]
    small.after(4, stateful("db", "nginx:1.26"))
    assert images(small)["db-2"] == "nginx:1.26"
    assert images(small)["db-0"] == "nginx:1.25"
    assert status(small)["currentRevision"] == before != status(small)["updateRevision"]
    small.after(60)
    assert set(images(small).values()) == {"nginx:1.26"}
    assert status(small)["currentRevision"] == status(small)["updateRevision"] != before
    assert (status(small)["updatedReplicas"], status(small)["currentReplicas"]) == (3, 3)


def test_a_partition_keeps_the_lower_ordinals_also_when_they_are_made_anew() -> None:
    small = Small().after(60, stateful("db"))
    strategy = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}
    small.after(60, stateful("db", "nginx:1.26", spec=strategy))
    assert images(small) == {"db-0": "nginx:1.25", "db-1": "nginx:1.25", "db-2": "nginx:1.26"}
    assert (status(small)["updatedReplicas"], status(small)["currentReplicas"]) == (1, 2)
    small.delete("Pod", "db-0")
    small.after(30)
    assert images(small)["db-0"] == "nginx:1.25"


def test_on_delete_waits_for_whoever_deletes() -> None:
    strategy = {"updateStrategy": {"type": "OnDelete"}}
    small = Small().after(60, stateful("db", replicas=2, spec=strategy))
    small.after(60, stateful("db", "nginx:1.26", replicas=2, spec=strategy))
    assert set(images(small).values()) == {"nginx:1.25"}
    small.delete("Pod", "db-1")
    small.after(30)
    assert images(small) == {"db-0": "nginx:1.25", "db-1": "nginx:1.26"}


def test_a_bad_update_stops_at_the_first_pod_and_the_old_template_is_a_known_revision() -> None:
    small = Small().after(60, stateful("db"))
    small.after(120, stateful("db", "lab/unready:1", readinessProbe=PROBE))
    assert images(small) == {"db-0": "nginx:1.25", "db-1": "nginx:1.25", "db-2": "lab/unready:1"}
    small.put(stateful("db"))
    small.delete("Pod", "db-2")  # a set that waits for a broken pod does not replace it by itself
    small.after(60)
    assert set(images(small).values()) == {"nginx:1.25"}
    revisions = small.store.list("ControllerRevision")
    assert sorted(each["revision"] for each in revisions) == [2, 3]


def test_old_revisions_are_dropped_beyond_the_limit() -> None:
    small = Small()
    for minor in range(20, 26):
        small.after(30, stateful("db", f"nginx:1.{minor}", replicas=1, spec={"revisionHistoryLimit": 2}))
    assert len(small.store.list("ControllerRevision")) == 3


def test_each_pod_has_a_name_in_dns_while_it_is_ready() -> None:
    small = Small().after(60, stateful("db", replicas=2), deployment("web"))
    headless = service("db", 80)
    headless["spec"]["clusterIP"] = "None"
    small.after(1, headless)
    for host in ("db-1.db", "db-1.db.default.svc.cluster.local"):
        outcome = small.world.network.connect(small.pod("web"), host, 80)
        assert (outcome.reach, outcome.address) == ("ok", small.get("Pod", "db-1")["status"]["podIP"])
    assert small.world.network.connect(small.pod("web"), "db-2.db", 80).reach == "no-such-host"
    assert small.world.network.connect(small.pod("web"), "db-0.web", 80).reach == "no-such-host"


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_a_quota_that_refuses_is_told_and_tried_again(policy: str) -> None:
    small = Small().after(1, thing("ResourceQuota", "few", spec={"hard": {"pods": "1"}}))
    small.after(60, stateful("db", replicas=2, spec={"podManagementPolicy": policy}))
    refused = [
        text for text in small.events("db") if text.startswith("FailedCreate: create Pod db-1 in StatefulSet db")
    ]
    assert len(refused) == 1
    assert 'failed error: pods "db-1" is forbidden: exceeded quota: few' in refused[0]
    small.store.delete("ResourceQuota", "default", "few")
    small.after(600)
    assert names(small) == ["db-0", "db-1"]
