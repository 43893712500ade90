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


def rebound(small: Small) -> None:
    """Take the stale claim off the volume, as `kubectl patch pv fit -p '{"spec":{"claimRef":null}}'` does."""
    old = small.get("PersistentVolume", "fit")
    small.store.update(
        "PersistentVolume", {**old, "spec": {k: v for k, v in old["spec"].items() if k != "claimRef"}}
    )
    small.world.settle()


def test_a_released_volume_keeps_out_the_next_claim_of_the_same_name_until_it_is_freed() -> None:
    small = Small().after(1, volume("fit", "5Gi", storageClassName="own"), claim(storageClassName="own"))
    small.delete("PersistentVolumeClaim", "data")
    assert small.get("PersistentVolume", "fit")["status"]["phase"] == "Released"
    small.after(30, claim(storageClassName="own"))
    assert phase(small) == "Pending"
    assert 'ProvisioningFailed: storageclass.storage.k8s.io "own" not found' in small.events("data")
    rebound(small)
    assert phase(small) == "Bound"


def test_a_released_volume_is_available_again_once_nobody_is_named_on_it() -> None:
    small = Small().after(1, volume("fit", "5Gi"), claim(storageClassName=""))
    small.delete("PersistentVolumeClaim", "data")
    rebound(small)
    assert small.get("PersistentVolume", "fit")["status"]["phase"] == "Available"


def test_a_volume_made_anew_serves_as_well_as_one_that_was_freed() -> None:
    small = Small().after(1, volume("fit", "5Gi"), claim(storageClassName=""))
    small.delete("PersistentVolumeClaim", "data")
    small.after(5, claim(storageClassName=""))
    small.delete("PersistentVolume", "fit")
    small.after(5, volume("fit", "5Gi"))
    assert phase(small) == "Bound"


def test_a_claim_whose_volume_is_taken_away_says_that_it_is_lost() -> None:
    small = Small().after(1, volume("fit", "5Gi"), claim(storageClassName=""))
    small.delete("PersistentVolume", "fit")
    assert phase(small) == "Lost"
    told = "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!"
    assert small.events("data") == {told: 1}
