"""Create, update, patch, delete and the subresources that write."""

from typing import Any

import orjson
import pytest

from lab.cluster.store import copy_of
from tests.lab.cluster.quiet import Quiet, deployment, pod

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
CONFIGS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


def config(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


async def test_create_answers_with_what_was_stored(quiet: Quiet) -> None:
    reply = await quiet("POST", CONFIGS, config("a", k="v"), user_agent="kubectl/v1.33.1 (linux/amd64)")
    assert reply.code == 201
    assert reply.body == quiet.store.require("ConfigMap", "default", "a")
    (owner,) = reply.body["metadata"]["managedFields"]
    assert (owner["manager"], owner["operation"], owner["time"]) == ("kubectl", "Update", "2026-01-05T09:00:00Z")
    assert owner["fieldsV1"] == {"f:data": {"f:k": {}}}
    assert quiet.world.settled == 1


async def test_a_dry_run_answers_alike_and_keeps_nothing(quiet: Quiet) -> None:
    reply = await quiet("POST", CONFIGS, config("a"), query="dryRun=All")
    assert (reply.code, reply.body["metadata"]["name"]) == (201, "a")
    assert quiet.store.get("ConfigMap", "default", "a") is None
    assert quiet.world.settled == 0
    await quiet("POST", CONFIGS, config("a"))
    reply = await quiet("DELETE", f"{CONFIGS}/a", {"kind": "DeleteOptions", "dryRun": ["All"]})
    assert reply.body["status"] == "Success"
    assert quiet.store.get("ConfigMap", "default", "a") is not None
    assert [event.dry_run for event in quiet.kernel.audit] == [True, False, True]


async def test_generated_names(quiet: Quiet) -> None:
    body = {"metadata": {"generateName": "job-"}}
    name = (await quiet("POST", CONFIGS, body)).body["metadata"]["name"]
    assert name.startswith("job-")
    assert len(name) == len("job-") + 5


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            config("Bad_Name"),
            422,
            'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase',
        ),
        (
            {"kind": "ConfigMap", "metadata": {}},
            422,
            "metadata.name: Required value: name or generateName is required",
        ),
        ({**config("a"), "kind": "Pod"}, 400, 'no kind "Pod" is registered'),
        ({**config("a"), "apiVersion": "v2"}, 400, "does not match the expected API version (v1)"),
        ({**config("a"), "metadata": {"name": "a", "namespace": "b"}}, 400, "does not match the namespace sent"),
        (
            {**config("a"), "data": {"k": 1}},
            400,
            "json: cannot unmarshal number into Go struct field ConfigMap.data.k",
        ),
        (b"{nonsense", 400, "error decoding the request body"),
        ([1], 400, "the request body is not an object"),
    ],
)
async def test_bodies_that_are_refused(quiet: Quiet, body: object, code: int, message: str) -> None:
    reply = await quiet("POST", CONFIGS, body)
    assert (reply.code, message in reply.message) == (code, True), reply.message
    assert quiet.store.list("ConfigMap") == []


async def test_unknown_fields_warn_or_are_refused(quiet: Quiet) -> None:
    body = deployment(bogus=1)
    reply = await quiet("POST", DEPLOYMENTS, body, query="fieldValidation=Strict")
    assert reply.message == (
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
        'unknown field "spec.bogus"'
    )
    reply = await quiet("POST", DEPLOYMENTS, body)
    assert reply.headers["warning"] == '299 - "unknown field \\"spec.bogus\\""'
    assert "bogus" not in reply.body["spec"]
    reply = await quiet("PUT", f"{DEPLOYMENTS}/web", body, query="fieldValidation=Ignore")
    assert "warning" not in reply.headers


def template(**container: Any) -> dict[str, Any]:
    labels = {"metadata": {"labels": {"app": "web"}}}
    return {**labels, "spec": {"containers": [{"name": "main", "image": "i", **container}]}}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        ({"selector": {"matchLabels": {"app": "x"}}}, "`selector` does not match template `labels`"),
        ({"selector": None}, "spec.selector: Required value"),
        ({"template": template(image="")}, "spec.template.spec.containers[0].image: Required value"),
        (
            {"template": template(volumeMounts=[{"name": "v", "mountPath": "/v"}])},
            'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"',
        ),
        (
            {"template": template(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "500m"}})},
            'resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 500m',
        ),
        ({"template": template(ports=[{"containerPort": 70000}])}, "must be between 1 and 65535, inclusive"),
    ],
)
async def test_invalid_deployments(quiet: Quiet, spec: dict[str, Any], message: str) -> None:
    reply = await quiet("POST", DEPLOYMENTS, deployment(**spec))
    assert (reply.code, message in reply.message) == (422, True), reply.message
    assert reply.message.startswith('Deployment.apps "web" is invalid: ')
    assert reply.body["details"]["causes"]


async def test_several_causes_are_listed(quiet: Quiet) -> None:
    reply = await quiet("POST", DEPLOYMENTS, deployment(replicas=-1, selector={"matchLabels": {"app": "x"}}))
    assert reply.message.startswith('Deployment.apps "web" is invalid: [spec.replicas: Invalid value: -1')
    assert len(reply.body["details"]["causes"]) == 2


async def test_a_selector_cannot_change(quiet: Quiet) -> None:
    await quiet("POST", DEPLOYMENTS, deployment())
    other = {"matchLabels": {"app": "other"}}
    body = deployment(selector=other)
    body["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    reply = await quiet("PUT", f"{DEPLOYMENTS}/web", body)
    assert "field is immutable" in reply.message


async def test_a_pod_lets_only_its_images_change(quiet: Quiet) -> None:
    quiet.store.create("Pod", pod("p"))
    path, kind = f"{PODS}/p", "application/strategic-merge-patch+json"
    image = {"spec": {"containers": [{"name": "main", "image": "shop/api:2"}]}}
    assert (await quiet("PATCH", path, image, content_type=kind)).code == 200
    moved = {"spec": {"nodeName": "node-2"}}
    reply = await quiet("PATCH", path, moved, content_type=kind)
    assert "pod updates may not change fields other than `spec.containers[*].image`" in reply.message


async def test_put_keeps_the_status_and_refuses_stale_versions(quiet: Quiet) -> None:
    await quiet("POST", DEPLOYMENTS, deployment())
    quiet.store.update_status("Deployment", ("default", "web"), {"replicas": 2})
    stale = copy_of(quiet.store.require("Deployment", "default", "web"))
    body = {**deployment(replicas=3), "status": {"replicas": 99}}
    reply = await quiet("PUT", f"{DEPLOYMENTS}/web", body)
    assert (reply.body["status"], reply.body["metadata"]["generation"]) == ({"replicas": 2}, 2)
    reply = await quiet("PUT", f"{DEPLOYMENTS}/web", stale)
    assert (reply.code, reply.body["reason"]) == (409, "Conflict")
    assert reply.message.endswith("please apply your changes to the latest version and try again")


async def test_the_status_subresource_changes_the_status_alone(quiet: Quiet) -> None:
    await quiet("POST", DEPLOYMENTS, deployment())
    body = {**deployment(replicas=9), "status": {"replicas": 1}}
    reply = await quiet("PUT", f"{DEPLOYMENTS}/web/status", body)
    assert (reply.body["status"], reply.body["spec"]["replicas"]) == ({"replicas": 1}, 2)


@pytest.mark.parametrize(
    ("media_type", "change"),
    [
        ("application/json-patch+json", [{"op": "replace", "path": "/spec/replicas", "value": 7}]),
        (MERGE, {"spec": {"replicas": 7}}),
        ("application/strategic-merge-patch+json", {"spec": {"replicas": 7}}),
        (APPLY, {"spec": {"replicas": 7}}),
    ],
)
async def test_the_four_kinds_of_patch(quiet: Quiet, media_type: str, change: object) -> None:
    await quiet("POST", DEPLOYMENTS, deployment())
    reply = await quiet(
        "PATCH", f"{DEPLOYMENTS}/web", change, query="fieldManager=me&force=true", content_type=media_type
    )
    assert (reply.code, reply.body["spec"]["replicas"], reply.body["metadata"]["generation"]) == (200, 7, 2)
    owner = reply.body["metadata"]["managedFields"][-1]
    assert (owner["manager"], owner["fieldsV1"]) == ("me", {"f:spec": {"f:replicas": {}}})


async def test_patches_that_are_refused(quiet: Quiet) -> None:
    await quiet("POST", CONFIGS, config("a"))
    reply = await quiet("PATCH", f"{CONFIGS}/a", {}, content_type="text/plain")
    assert (reply.code, reply.body["reason"]) == (415, "UnsupportedMediaType")
    reply = await quiet("PATCH", f"{CONFIGS}/a", {"metadata": {"name": "b"}}, content_type=MERGE)
    assert "field is immutable" in reply.message
    reply = await quiet("PATCH", f"{CONFIGS}/a", config("a"), content_type=APPLY)
    assert "fieldManager: Required value: is required for apply patch" in reply.message
    reply = await quiet("PATCH", f"{CONFIGS}/b", {}, content_type=MERGE)
    assert reply.message == 'configmaps "b" not found'


async def test_apply_creates_and_then_conflicts(quiet: Quiet) -> None:
    body = orjson.dumps(config("a", k="1"))
    reply = await quiet("PATCH", f"{CONFIGS}/a", body, query="fieldManager=one", content_type=APPLY)
    assert reply.code == 201
    body = orjson.dumps(config("a", k="2"))
    reply = await quiet("PATCH", f"{CONFIGS}/a", body, query="fieldManager=two", content_type=APPLY)
    assert reply.message == 'Apply failed with 1 conflict: conflict with "one" using v1: .data.k'


async def test_delete_answers_as_the_client_expects(quiet: Quiet) -> None:
    quiet.store.create("Pod", pod("p"))
    reply = await quiet("DELETE", f"{PODS}/p", query="gracePeriodSeconds=3")
    assert (reply.body["kind"], reply.body["metadata"]["deletionGracePeriodSeconds"]) == ("Pod", 3)
    await quiet("POST", CONFIGS, config("a"))
    reply = await quiet("DELETE", f"{CONFIGS}/a")
    assert (reply.body["kind"], reply.body["status"], reply.body["details"]["name"]) == ("Status", "Success", "a")


async def test_deleting_a_selection(quiet: Quiet) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "2"})):
        quiet.store.create("ConfigMap", {"metadata": {"name": name, "namespace": "default", "labels": labels}})
    await quiet("DELETE", CONFIGS, query="labelSelector=x%3D1")
    assert [obj["metadata"]["name"] for obj in quiet.store.list("ConfigMap")] == ["b"]


async def test_orphaned_dependents_lose_their_owner(quiet: Quiet) -> None:
    owner = (await quiet("POST", DEPLOYMENTS, deployment())).body
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": owner["metadata"]["uid"]}
    child = pod("p")
    child["metadata"]["ownerReferences"] = [reference]
    quiet.store.create("Pod", child)
    await quiet("DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Orphan"})
    assert quiet.store.require("Pod", "default", "p")["metadata"]["ownerReferences"] == []


async def test_scale(quiet: Quiet) -> None:
    await quiet("POST", DEPLOYMENTS, deployment())
    path = f"{DEPLOYMENTS}/web/scale"
    assert (await quiet("GET", path)).body["status"] == {"replicas": 0, "selector": "app=web"}
    reply = await quiet("PATCH", path, {"spec": {"replicas": 5}}, content_type=MERGE)
    assert (reply.body["kind"], reply.body["spec"]) == ("Scale", {"replicas": 5})
    assert quiet.store.require("Deployment", "default", "web")["spec"]["replicas"] == 5
    reply = await quiet("PATCH", path, {"spec": {"replicas": -5}}, content_type=MERGE)
    assert reply.message.startswith('Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -5')


@pytest.mark.parametrize(
    ("rule", "evicted"),
    [
        ({"minAvailable": 2}, False),
        ({"minAvailable": 1}, True),
        ({"minAvailable": "51%"}, False),
        ({"maxUnavailable": 0}, False),
        ({"maxUnavailable": "50%"}, True),
    ],
)
async def test_eviction_heeds_disruption_budgets(quiet: Quiet, rule: dict[str, Any], evicted: bool) -> None:
    for name in ("p1", "p2"):
        quiet.store.create("Pod", pod(name, labels={"app": "web"}))
    spec = {"selector": {"matchLabels": {"app": "web"}}, **rule}
    quiet.store.create("PodDisruptionBudget", {"metadata": {"name": "b", "namespace": "default"}, "spec": spec})
    reply = await quiet("POST", f"{PODS}/p1/eviction", {"metadata": {"name": "p1"}})
    if evicted:
        assert reply.code == 201
    else:
        assert (reply.code, reply.message) == (
            429,
            "Cannot evict pod as it would violate the pod's disruption budget.",
        )
    assert ("deletionTimestamp" in quiet.store.require("Pod", "default", "p1")["metadata"]) is evicted


async def test_an_unserved_method_is_refused(quiet: Quiet) -> None:
    assert (await quiet("POST", f"{CONFIGS}/a", config("a"))).code == 405
    assert (await quiet("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")).code == 405


async def test_writing_into_no_namespace(quiet: Quiet) -> None:
    reply = await quiet("POST", "/api/v1/namespaces/nowhere/configmaps", config("a"))
    assert (reply.code, reply.message) == (404, 'namespaces "nowhere" not found')
