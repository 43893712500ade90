"""Client-side patches against the schemas of real kinds."""

from typing import Any

import pytest

from lab.cluster.errors import ApiError
from lab.cluster.patches import json_patch, merge_patch, strategic_patch
from lab.cluster.resources import by_kind
from lab.cluster.schema import root_of
from tests.lab.cluster.quiet import deployment

DEPLOYMENT = root_of(by_kind("Deployment"))
SERVICE = root_of(by_kind("Service"))


def containers(obj: dict[str, Any]) -> list[Any]:
    found: list[Any] = obj["spec"]["template"]["spec"]["containers"]
    return found


def patch_containers(*items: Any, **more: Any) -> dict[str, Any]:
    spec = {"containers": list(items), **more}
    patched: dict[str, Any] = strategic_patch(deployment(), {"spec": {"template": {"spec": spec}}}, DEPLOYMENT)
    return patched


def test_containers_merge_by_name() -> None:
    patched = patch_containers({"name": "main", "image": "shop/web:2"})
    assert containers(patched) == [
        {"name": "main", "image": "shop/web:2"},
        {"name": "side", "image": "shop/proxy:1"},
    ]
    assert patched["spec"]["replicas"] == 2


def test_a_new_container_is_appended_and_one_can_be_deleted() -> None:
    patched = patch_containers({"name": "new", "image": "i"}, {"$patch": "delete", "name": "main"})
    assert [container["name"] for container in containers(patched)] == ["side", "new"]


def test_the_whole_list_can_be_replaced() -> None:
    patched = patch_containers({"name": "only", "image": "i"}, {"$patch": "replace"})
    assert containers(patched) == [{"name": "only", "image": "i"}]


def test_the_element_order_of_the_patch_wins() -> None:
    order = {"$setElementOrder/containers": [{"name": "side"}, {"name": "main"}]}
    assert [container["name"] for container in containers(patch_containers(**order))] == ["side", "main"]


def test_retain_keys_drops_the_rest() -> None:
    old = deployment(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})
    change = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic_patch(old, change, DEPLOYMENT)["spec"]["strategy"] == {"type": "Recreate"}


def test_primitive_lists_merge_and_lose_items() -> None:
    old = {"metadata": {"finalizers": ["a", "b"]}}
    change = {"metadata": {"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert sorted(strategic_patch(old, change, SERVICE)["metadata"]["finalizers"]) == ["b", "c"]


def test_null_deletes_a_field() -> None:
    patched = strategic_patch(deployment(paused=True), {"spec": {"paused": None}}, DEPLOYMENT)
    assert "paused" not in patched["spec"]


def test_an_item_without_its_merge_key_is_refused() -> None:
    with pytest.raises(ApiError) as refused:
        patch_containers({"image": "i"})
    assert "does not contain declared merge key: name" in str(refused.value.details)


def test_service_ports_merge_by_port() -> None:
    old = {"spec": {"ports": [{"port": 80, "targetPort": 8080}, {"port": 443, "targetPort": 8443}]}}
    patched = strategic_patch(old, {"spec": {"ports": [{"port": 80, "targetPort": 9090}]}}, SERVICE)
    assert [port["targetPort"] for port in patched["spec"]["ports"]] == [9090, 8443]


def test_merge_patch_replaces_lists_and_deletes_on_null() -> None:
    assert merge_patch({"a": [1, 2], "b": 1, "c": {"d": 1}}, {"a": [3], "b": None, "c": {"e": 2}}) == {
        "a": [3],
        "c": {"d": 1, "e": 2},
    }


def test_json_patch_applies_and_tests() -> None:
    operations = [{"op": "test", "path": "/a", "value": 1}, {"op": "replace", "path": "/a", "value": 2}]
    assert json_patch({"a": 1}, operations) == {"a": 2}


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "test", "path": "/a", "value": 9}],
        [{"op": "remove", "path": "/nope"}],
        [{"op": "dance", "path": "/a"}],
        {"op": "add"},
    ],
)
def test_a_json_patch_that_cannot_be_applied_is_refused(operations: object) -> None:
    with pytest.raises(
        ApiError, match="the server rejected our request due to an error in our request"
    ) as refused:
        json_patch({"a": 1}, operations)
    assert refused.value.code == 422
