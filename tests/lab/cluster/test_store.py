"""The store: versions, locking, deletion, the log of changes, repeatable identities."""

import random
from typing import Any

import pytest

from lab.cluster import store as store_module
from lab.cluster.clock import VirtualClock
from lab.cluster.errors import ApiError
from lab.cluster.store import Store, StoreEvent, copy_of
from tests.lab.cluster.quiet import START, deployment, pod


def new_store(seed: int = 1) -> Store:
    return Store(VirtualClock(START), random.Random(seed))


def config(name: str, namespace: str = "default", **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "data": data}


def test_create_gives_identity_and_version() -> None:
    store = new_store()
    made = store.create("ConfigMap", config("a"))
    assert made["apiVersion"] == "v1"
    assert made["kind"] == "ConfigMap"
    assert made["metadata"]["creationTimestamp"] == "2026-01-05T09:00:00Z"
    assert int(made["metadata"]["resourceVersion"]) == store.version
    with pytest.raises(ApiError, match='configmaps "a" already exists'):
        store.create("ConfigMap", config("a"))


def test_equal_seeds_give_equal_identities() -> None:
    one, two, other = (new_store(seed) for seed in (1, 1, 2))
    made = [
        s.create("Pod", {"metadata": {"generateName": "p-", "namespace": "n"}, "spec": {}})
        for s in (one, two, other)
    ]
    assert made[0] == made[1]
    assert made[0]["metadata"]["uid"] != made[2]["metadata"]["uid"]
    assert made[0]["metadata"]["name"].startswith("p-")


def test_what_is_stored_shares_nothing_with_what_was_given() -> None:
    store, given = new_store(), config("a", x="1")
    given["metadata"]["labels"] = {"app": "a"}
    store.create("ConfigMap", given)
    given["data"]["x"], given["metadata"]["labels"]["app"] = "2", "b"
    found = store.require("ConfigMap", "default", "a")
    assert found["data"] == {"x": "1"}
    assert found["metadata"]["labels"] == {"app": "a"}


def test_update_refuses_a_stale_version() -> None:
    store = new_store()
    first = store.create("ConfigMap", config("a"))
    store.update("ConfigMap", {**first, "data": {"k": "1"}})
    with pytest.raises(ApiError, match="the object has been modified") as refused:
        store.update("ConfigMap", {**first, "data": {"k": "2"}})
    assert refused.value.code == 409
    unversioned = copy_of(first)
    del unversioned["metadata"]["resourceVersion"]
    assert store.update("ConfigMap", {**unversioned, "data": {"k": "3"}})["data"] == {"k": "3"}


def test_an_update_that_changes_nothing_makes_no_version() -> None:
    store = new_store()
    made = store.create("ConfigMap", config("a", k="1"))
    version = store.version
    assert store.update("ConfigMap", copy_of(made)) == made
    assert store.version == version


def test_generation_counts_changes_of_the_spec_alone() -> None:
    store = new_store()
    made = store.create("Deployment", {**deployment(), "metadata": {"name": "web", "namespace": "default"}})
    assert made["metadata"]["generation"] == 1
    labelled = copy_of(made)
    labelled["metadata"]["labels"] = {"a": "b"}
    made = store.update("Deployment", labelled)
    made = store.update_status("Deployment", made, {"replicas": 2})
    assert made["metadata"]["generation"] == 1
    scaled = copy_of(made)
    scaled["spec"]["replicas"] = 5
    assert store.update("Deployment", scaled)["metadata"]["generation"] == 2


def test_what_was_tried_out_does_not_change_the_names_and_uids_of_what_follows() -> None:
    plain, tried = new_store(), new_store()
    tried.create("ConfigMap", config("x"), dry_run=True)
    tried.create("Pod", {"metadata": {"generateName": "p-", "namespace": "default"}}, dry_run=True)
    assert plain.create("ConfigMap", config("a")) == tried.create("ConfigMap", config("a"))
    assert plain.suffix() == tried.suffix()


def test_a_dry_run_leaves_no_trace() -> None:
    store = new_store()
    made = store.create("ConfigMap", config("a", k="1"))
    version = store.version
    assert store.create("ConfigMap", config("b"), dry_run=True)["metadata"]["name"] == "b"
    assert store.update("ConfigMap", {**made, "data": {"k": "2"}}, dry_run=True)["data"] == {"k": "2"}
    store.delete("ConfigMap", "default", "a", dry_run=True)
    assert store.version == version
    assert [obj["metadata"]["name"] for obj in store.list("ConfigMap")] == ["a"]
    assert store.require("ConfigMap", "default", "a")["data"] == {"k": "1"}


def test_lists_are_sorted_and_keep_namespaces_apart() -> None:
    store = new_store()
    for namespace, name in (("b", "x"), ("a", "z"), ("a", "y")):
        store.create("ConfigMap", config(name, namespace))
    assert [obj["metadata"]["name"] for obj in store.list("ConfigMap", "a")] == ["y", "z"]
    assert [obj["metadata"]["namespace"] for obj in store.list("ConfigMap")] == ["a", "a", "b"]
    assert store.list("ConfigMap", "nowhere") == []


def test_a_running_pod_is_marked_first_and_removed_by_its_kubelet() -> None:
    store = new_store()
    store.create("Pod", pod("p"))
    marked = store.delete("Pod", "default", "p", grace_seconds=5)
    assert marked["metadata"]["deletionTimestamp"] == "2026-01-05T09:00:05Z"
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 5
    assert store.delete("Pod", "default", "p")["metadata"] == marked["metadata"], "a longer grace changes nothing"
    store.remove("Pod", "default", "p")
    assert store.get("Pod", "default", "p") is None


@pytest.mark.parametrize("gone", [{"phase": "Succeeded"}, {"phase": "Failed"}])
def test_a_pod_that_has_ended_goes_at_once(gone: dict[str, str]) -> None:
    store = new_store()
    store.create("Pod", {**pod("p"), "status": gone})
    store.delete("Pod", "default", "p")
    assert store.get("Pod", "default", "p") is None


def test_force_deleting_a_pod_removes_it_at_once() -> None:
    store = new_store()
    store.create("Pod", pod("p"))
    store.delete("Pod", "default", "p")
    store.delete("Pod", "default", "p", grace_seconds=0)
    assert store.get("Pod", "default", "p") is None


def test_finalizers_hold_an_object_until_the_last_one_goes() -> None:
    store = new_store()
    made = store.create(
        "ConfigMap", {**config("a"), "metadata": {**config("a")["metadata"], "finalizers": ["x/y"]}}
    )
    store.delete("ConfigMap", "default", "a")
    held = store.require("ConfigMap", "default", "a")
    assert "deletionTimestamp" in held["metadata"]
    freed = copy_of(held)
    freed["metadata"]["finalizers"] = []
    store.update("ConfigMap", freed)
    assert store.get("ConfigMap", "default", "a") is None
    assert made["metadata"].get("deletionTimestamp") is None, "the first state was not touched"


def test_a_namespace_terminates_before_it_goes() -> None:
    store = new_store()
    store.create("Namespace", {"metadata": {"name": "shop"}})
    assert store.delete("Namespace", None, "shop")["status"] == {"phase": "Terminating"}
    assert store.get("Namespace", None, "shop") is not None


def test_preconditions_guard_a_deletion() -> None:
    store = new_store()
    store.create("ConfigMap", config("a"))
    with pytest.raises(ApiError, match="Precondition failed: UID"):
        store.delete("ConfigMap", "default", "a", preconditions={"uid": "another"})
    assert store.get("ConfigMap", "default", "a") is not None


def test_subscribers_hear_every_change_in_order() -> None:
    store, heard = new_store(), list[StoreEvent]()
    store.subscribe(heard.append)
    made = store.create("ConfigMap", config("a"))
    store.update("ConfigMap", {**made, "data": {"k": "1"}})
    store.delete("ConfigMap", "default", "a")
    assert [event.type for event in heard] == ["ADDED", "MODIFIED", "DELETED"]
    assert [event.version for event in heard] == sorted(event.version for event in heard)
    assert heard[1].previous is made
    assert heard[2].obj["data"] == {"k": "1"}
    assert store.changes_since(heard[0].version) == heard[1:]


def test_a_log_that_no_longer_reaches_back_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "LOG_LENGTH", 3)
    store = new_store()
    for name in "abcde":
        store.create("ConfigMap", config(name))
    with pytest.raises(ApiError, match=r"too old resource version: 1000 \(1002\)") as refused:
        store.changes_since(1000)
    assert refused.value.code == 410
    assert [event.obj["metadata"]["name"] for event in store.changes_since(1002)] == ["c", "d", "e"]
