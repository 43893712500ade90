"""Server-side apply and field ownership."""

from typing import Any

import pytest

from lab.cluster.apply import applied
from lab.cluster.errors import ApiError
from lab.cluster.ownership import after_update, leaves_of, paths_of
from lab.cluster.resources import by_kind
from lab.cluster.schema import root_of
from tests.lab.cluster.quiet import deployment

SCHEMA = root_of(by_kind("Deployment"))
NOW = "2026-01-05T09:00:00Z"
IMAGE = '.spec.template.spec.containers[name="main"].image'


def apply(
    live: dict[str, Any] | None, config: dict[str, Any], manager: str, force: bool = False
) -> dict[str, Any]:
    return applied(live, config, SCHEMA, manager, force, NOW)


def with_image(image: str, obj: dict[str, Any] | None = None) -> dict[str, Any]:
    out = obj or deployment()
    out["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return out


def managers(obj: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["manager"], entry["operation"]) for entry in obj["metadata"]["managedFields"]]


def test_two_managers_that_agree_share_a_field() -> None:
    live = apply(apply(None, deployment(), "one"), deployment(), "two")
    assert managers(live) == [("one", "Apply"), ("two", "Apply")]


def test_a_foreign_field_is_a_conflict_that_names_owner_and_field() -> None:
    live = apply(None, deployment(), "one")
    with pytest.raises(ApiError) as refused:
        apply(live, with_image("shop/web:2"), "two")
    assert refused.value.message == f'Apply failed with 1 conflict: conflict with "one" using apps/v1: {IMAGE}'
    assert refused.value.details["causes"][0]["field"] == IMAGE
    assert refused.value.code == 409


def test_force_takes_the_field_over() -> None:
    live = apply(apply(None, deployment(), "one"), with_image("shop/web:2"), "two", force=True)
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "shop/web:2"
    one = next(entry for entry in live["metadata"]["managedFields"] if entry["manager"] == "one")
    owned = paths_of(one["fieldsV1"])
    assert not [path for path in owned if path[-2:] == ('k:{"name":"main"}', "f:image")]
    assert ("f:spec", "f:replicas") in owned


def test_what_a_manager_no_longer_wants_goes() -> None:
    config = deployment()
    config["metadata"]["labels"] = {"a": "1", "b": "2"}
    live = apply(None, config, "one")
    smaller = deployment()
    smaller["metadata"]["labels"] = {"a": "1"}
    smaller["spec"]["template"]["spec"]["containers"].pop()
    del smaller["spec"]["replicas"]
    live = apply(live, smaller, "one")
    assert live["metadata"]["labels"] == {"a": "1"}
    assert [container["name"] for container in live["spec"]["template"]["spec"]["containers"]] == ["main"]
    assert "replicas" not in live["spec"]


def test_what_another_manager_wants_stays() -> None:
    live = apply(apply(None, deployment(), "one"), deployment(), "two")
    smaller = deployment()
    del smaller["spec"]["replicas"]
    assert apply(live, smaller, "one")["spec"]["replicas"] == 2


def test_ports_that_differ_by_protocol_are_two() -> None:
    config = deployment()
    main = config["spec"]["template"]["spec"]["containers"][0]
    main["ports"] = [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]
    live = apply(None, config, "one")
    assert len(apply(live, config, "one")["spec"]["template"]["spec"]["containers"][0]["ports"]) == 2


def test_an_update_moves_what_it_changed_to_its_manager() -> None:
    old = deployment()
    old["metadata"]["managedFields"] = after_update(None, old, SCHEMA, "kubectl-create", NOW)
    new = with_image("shop/web:2", {**deployment(), "metadata": dict(old["metadata"])})
    later = "2026-01-05T09:10:00Z"
    fields = after_update(old, new, SCHEMA, "kubectl-set", later)
    assert [(entry["manager"], entry["time"]) for entry in fields] == [
        ("kubectl-create", NOW),
        ("kubectl-set", later),
    ]
    image = ("f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"main"}', "f:image")
    assert paths_of(fields[1]["fieldsV1"]) == {image}
    assert image not in paths_of(fields[0]["fieldsV1"])


def test_an_update_that_changes_nothing_leaves_the_times_alone() -> None:
    old = deployment()
    old["metadata"]["managedFields"] = after_update(None, old, SCHEMA, "kubectl", NOW)
    fields = after_update(old, old, SCHEMA, "kubectl", "2026-01-05T10:00:00Z")
    assert [entry["time"] for entry in fields] == [NOW]


def test_the_status_belongs_to_its_subresource() -> None:
    obj = {**deployment(), "status": {"replicas": 2}}
    assert not [path for path in leaves_of(obj, SCHEMA) if path[0] == "f:status"]
    fields = after_update(deployment(), obj, SCHEMA, "controller", NOW, "status")
    assert fields[0]["subresource"] == "status"
    assert paths_of(fields[0]["fieldsV1"]) == {("f:status", "f:replicas")}
