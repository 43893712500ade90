"""Claims bind to volumes that exist, or to one made for them."""

from typing import Any

import pytest

from tests.lab.cluster.small import Small, deployment, thing


def claim(name: str = "data", **spec: Any) -> dict[str, Any]:
    basics = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    return thing("PersistentVolumeClaim", name, spec={**basics, **spec})


def volume(name: str, size: str, **spec: Any) -> dict[str, Any]:
    basics = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}
    return thing("PersistentVolume", name, spec={**basics, **spec})


def phase(small: Small) -> str:
    return str(small.get("PersistentVolumeClaim", "data")["status"]["phase"])


def test_the_smallest_volume_that_suffices_is_bound() -> None:
    small = Small().after(1, volume("tiny", "1Gi"), volume("large", "50Gi"), volume("fit", "5Gi"))
    small.after(1, claim(storageClassName=""))
    assert small.get("PersistentVolumeClaim", "data")["spec"]["volumeName"] == "fit"
    assert small.get("PersistentVolume", "fit")["status"]["phase"] == "Bound"


@pytest.mark.parametrize(
    ("spec", "event"),
    [
        ({"storageClassName": "nvme"}, 'ProvisioningFailed: storageclass.storage.k8s.io "nvme" not found'),
        (
            {"storageClassName": ""},
            "FailedBinding: no persistent volumes available for this claim and no storage class is set",
        ),
        ({}, "WaitForFirstConsumer: waiting for first consumer to be created before binding"),
    ],
)
def test_a_claim_that_waits_says_why_again_and_again(spec: dict[str, Any], event: str) -> None:
    small = Small().after(60, claim(**spec))
    assert phase(small) == "Pending"
    assert small.events("data")[event] == 5


def test_the_default_class_makes_a_volume_once_a_pod_wants_it() -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    small = Small().after(20, claim(), deployment("db", pod={"volumes": volumes}))
    assert small.get("PersistentVolumeClaim", "data")["spec"]["storageClassName"] == "standard"
    assert phase(small) == "Bound"
    assert small.pod("db")["status"]["phase"] == "Running"
    made = small.get("PersistentVolumeClaim", "data")["spec"]["volumeName"]
    assert f"ProvisioningSucceeded: Successfully provisioned volume {made}" in small.events("data")


def test_a_class_that_comes_late_lets_claim_and_pod_go_on() -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    small = Small().after(20, claim(storageClassName="nvme"), deployment("db", pod={"volumes": volumes}))
    assert small.pod("db")["status"]["phase"] == "Pending"
    small.after(30, thing("StorageClass", "nvme", provisioner="csi.example.com"))
    assert phase(small) == "Bound"
    assert small.pod("db")["status"]["phase"] == "Running"


def test_a_provisioned_volume_goes_with_its_claim() -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    small = Small().after(20, claim(), deployment("db", pod={"volumes": volumes}))
    small.delete("Deployment", "db")
    small.after(10)
    small.delete("PersistentVolumeClaim", "data")
    assert small.store.list("PersistentVolume") == []


def test_a_claim_in_use_is_only_marked_until_the_last_pod_is_gone() -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    small = Small().after(20, claim(), deployment("db", pod={"volumes": volumes}))
    small.delete("PersistentVolumeClaim", "data")
    small.after(60)
    held = small.get("PersistentVolumeClaim", "data")
    assert "deletionTimestamp" in held["metadata"]
    assert held["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    small.after(30, deployment("db", replicas=0, pod={"volumes": volumes}))
    assert small.store.list("PersistentVolumeClaim") == []
    assert small.store.list("PersistentVolume") == []
