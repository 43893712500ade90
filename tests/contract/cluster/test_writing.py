"""What the official client writes: create, replace, patch, apply, delete, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from lab.cluster.server import Cluster
from tests.contract.cluster.targets import ApiException, Target, client, deployment, refusal

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


@pytest.fixture
def name(target: Target, request: pytest.FixtureRequest) -> str:
    """A ConfigMap with the data `{a: 1, b: 2}`."""
    found = request.node.originalname.replace("_", "-")[:60]
    target.core.create_namespaced_config_map(
        target.namespace, {"metadata": {"name": found}, "data": {"a": "1", "b": "2"}}
    )
    return str(found)


def test_created_objects_have_an_identity(target: Target, name: str) -> None:
    meta = target.core.read_namespaced_config_map(name, target.namespace).metadata
    assert meta.uid
    assert meta.resource_version
    assert meta.creation_timestamp
    assert meta.managed_fields[0].operation == "Update"
    with pytest.raises(ApiException) as refused:
        target.core.create_namespaced_config_map(target.namespace, {"metadata": {"name": name}})
    assert refusal(refused.value) == (409, "AlreadyExists", f'configmaps "{name}" already exists')


def test_a_dry_run_keeps_nothing(target: Target) -> None:
    body = {"metadata": {"name": "dry"}}
    made = target.core.create_namespaced_config_map(target.namespace, body, dry_run="All")
    assert made.metadata.name == "dry"
    with pytest.raises(ApiException) as missing:
        target.core.read_namespaced_config_map("dry", target.namespace)
    assert missing.value.status == 404
    before = target.apps.read_namespaced_deployment("web", target.namespace)
    change = {"spec": {"replicas": 9}}
    shown = target.apps.patch_namespaced_deployment(
        "web", target.namespace, change, dry_run="All", _content_type=MERGE
    )
    assert shown.spec.replicas == 9
    after = target.apps.read_namespaced_deployment("web", target.namespace)
    assert (after.spec.replicas, after.metadata.generation) == (before.spec.replicas, before.metadata.generation)


def test_a_stale_replace_is_refused(target: Target, name: str) -> None:
    stale = target.core.read_namespaced_config_map(name, target.namespace)
    stale.data = {"a": "2"}
    assert target.core.replace_namespaced_config_map(name, target.namespace, stale).data == {"a": "2"}
    with pytest.raises(ApiException) as refused:
        target.core.replace_namespaced_config_map(name, target.namespace, stale)
    assert refusal(refused.value) == (
        409,
        "Conflict",
        f'Operation cannot be fulfilled on configmaps "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again",
    )


def test_json_patch(target: Target, name: str) -> None:
    change = [{"op": "add", "path": "/data/j", "value": "1"}, {"op": "remove", "path": "/data/a"}]
    assert target.core.patch_namespaced_config_map(name, target.namespace, change).data == {"b": "2", "j": "1"}
    with pytest.raises(ApiException) as refused:
        target.core.patch_namespaced_config_map(
            name, target.namespace, [{"op": "test", "path": "/data/b", "value": "9"}]
        )
    assert refusal(refused.value)[0] == 422


def test_merge_patch_deletes_on_null(target: Target, name: str) -> None:
    change = {"data": {"a": None, "m": "1"}}
    patched = target.core.patch_namespaced_config_map(name, target.namespace, change, _content_type=MERGE)
    assert patched.data == {"b": "2", "m": "1"}


def test_strategic_patch_finds_the_container_by_name(target: Target) -> None:
    target.apps.create_namespaced_deployment(target.namespace, deployment("strategic", replicas=0))
    change = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "nginx:1.26"}]}}}}
    patched = target.apps.patch_namespaced_deployment(
        "strategic", target.namespace, change, _content_type=STRATEGIC
    )
    images = {c.name: c.image for c in patched.spec.template.spec.containers}
    assert images == {"main": "nginx:1.26", "side": "redis:7"}
    assert patched.metadata.generation == 2


def apply(target: Target, name: str, manager: str, **options: Any) -> Any:
    data = options.pop("data")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return target.core.patch_namespaced_config_map(
        name, target.namespace, body, field_manager=manager, _content_type=APPLY, **options
    )


def test_server_side_apply_owns_fields(target: Target) -> None:
    made = apply(target, "applied", "one", data={"x": "1", "y": "1"})
    assert [(f.manager, f.operation) for f in made.metadata.managed_fields] == [("one", "Apply")]
    with pytest.raises(ApiException) as refused:
        apply(target, "applied", "two", data={"x": "2"})
    status, reason, message = refusal(refused.value)
    assert (status, reason) == (409, "Conflict")
    assert message == 'Apply failed with 1 conflict: conflict with "one" using v1: .data.x'
    assert apply(target, "applied", "two", data={"x": "2"}, force=True).data == {"x": "2", "y": "1"}
    assert apply(target, "applied", "one", data={}).data == {"x": "2"}


def test_managed_fields_tell_who_changed_what(target: Target, name: str) -> None:
    change = {"data": {"a": "changed"}}
    patched = target.core.patch_namespaced_config_map(
        name, target.namespace, change, field_manager="kubectl-edit", _content_type=MERGE
    )
    edit = next(f for f in patched.metadata.managed_fields if f.manager == "kubectl-edit")
    assert edit.operation == "Update"
    assert edit.time
    assert edit.fields_v1 == {"f:data": {"f:a": {}}}


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        (
            {"replicas": -1},
            422,
            'Deployment.apps "bad" is invalid: spec.replicas: Invalid value: -1: must be greater',
        ),
        ({"selector": {"matchLabels": {"app": "x"}}}, 422, "`selector` does not match template `labels`"),
        (
            {"replicas": "three"},
            400,
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string',
        ),
    ],
)
def test_invalid_objects_are_refused_with_the_reason(
    target: Target, change: dict[str, Any], status: int, text: str
) -> None:
    status_found, _, message = refusal(create_raw(target, change))
    assert (status_found, text in message) == (status, True), message


def create_raw(target: Target, change: dict[str, Any], **options: Any) -> Any:
    """How the server refuses a deployment that the typed client would not even send."""
    body = deployment("bad")
    body["spec"] |= change
    api = client.CustomObjectsApi(target.api)
    with pytest.raises(ApiException) as refused:
        api.create_namespaced_custom_object("apps", "v1", target.namespace, "deployments", body, **options)
    return refused.value


def test_unknown_fields_are_refused_when_asked(target: Target) -> None:
    message = refusal(create_raw(target, {"bogus": 1}, field_validation="Strict"))[2]
    assert message.endswith('strict decoding error: unknown field "spec.bogus"')


def test_delete_returns_what_the_client_expects(target: Target, name: str) -> None:
    assert target.core.delete_namespaced_config_map(name, target.namespace)["status"] == "Success"
    target.core.create_namespaced_service(
        target.namespace, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    )
    gone = target.core.delete_namespaced_service("s", target.namespace)
    assert gone.metadata.name == "s"
    with pytest.raises(ApiException) as missing:
        target.core.delete_namespaced_service("s", target.namespace)
    assert missing.value.status == 404


def test_access_reviews(target: Target) -> None:
    api = client.AuthorizationV1Api(target.api)
    body: dict[str, Any] = {
        "spec": {"resourceAttributes": {"verb": "delete", "resource": "pods", "namespace": "default"}}
    }
    assert api.create_self_subject_access_review(body).status.allowed
    body["spec"]["user"] = "nobody-in-particular"
    assert not api.create_subject_access_review(body).status.allowed


def test_a_service_account_may_do_what_its_role_says(target: Target, tmp_path: Path) -> None:
    rbac = client.RbacAuthorizationV1Api(target.api)
    target.core.create_namespaced_service_account(target.namespace, {"metadata": {"name": "viewer"}})
    group = "rbac.authorization.k8s.io"
    rbac.create_namespaced_role_binding(
        target.namespace,
        {
            "metadata": {"name": "viewer"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "ServiceAccount", "name": "viewer", "namespace": target.namespace}],
        },
    )
    token = target.core.create_namespaced_service_account_token(
        "viewer", target.namespace, {"spec": {}}
    ).status.token
    settings = client.Configuration()
    settings.host, settings.ssl_ca_cert = target.api.configuration.host, target.api.configuration.ssl_ca_cert
    settings.api_key = {"authorization": f"Bearer {token}"}
    with client.ApiClient(settings) as api:
        viewer = client.CoreV1Api(api)
        pods = viewer.list_namespaced_pod(target.namespace).items
        assert pods
        with pytest.raises(ApiException) as refused:
            viewer.delete_namespaced_pod(pods[0].metadata.name, target.namespace)
        who = f"system:serviceaccount:{target.namespace}:viewer"
        assert refusal(refused.value) == (
            403,
            "Forbidden",
            f'pods "{pods[0].metadata.name}" is forbidden: User "{who}" cannot delete resource "pods" '
            f'in API group "" in the namespace "{target.namespace}"',
        )
        with pytest.raises(ApiException) as refused:
            viewer.list_namespaced_secret(target.namespace)
        assert refused.value.status == 403


def test_a_disruption_budget_stops_an_eviction(target: Target) -> None:
    policy = client.PolicyV1Api(target.api)
    spec = {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 3}
    policy.create_namespaced_pod_disruption_budget(target.namespace, {"metadata": {"name": "web"}, "spec": spec})
    pod = target.core.list_namespaced_pod(target.namespace, label_selector="app=web").items[0].metadata.name
    target.wait(3)
    body = {"metadata": {"name": pod, "namespace": target.namespace}}
    with pytest.raises(ApiException) as refused:
        target.core.create_namespaced_pod_eviction(pod, target.namespace, body)
    assert refusal(refused.value) == (
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
    )
    policy.delete_namespaced_pod_disruption_budget("web", target.namespace)


def test_a_namespace_goes_with_all_that_is_in_it(target: Target) -> None:
    target.core.create_namespace({"metadata": {"name": "aoi-contract-gone"}})
    target.core.create_namespaced_config_map("aoi-contract-gone", {"metadata": {"name": "c"}})
    target.core.delete_namespace("aoi-contract-gone")

    def is_gone() -> bool:
        return "aoi-contract-gone" not in [n.metadata.name for n in target.core.list_namespace().items]

    target.eventually(is_gone, 120)


def test_the_lab_audits_what_was_tried(target: Target, lab: Cluster) -> None:
    before = len(lab.audit)
    target.core.create_namespaced_config_map(target.namespace, {"metadata": {"name": "audited"}}, dry_run="All")
    with pytest.raises(ApiException):
        target.core.delete_namespaced_config_map("absent", target.namespace)
    target.core.list_namespaced_config_map(target.namespace)
    seen = [(e.user, e.verb, e.resource, e.name, e.dry_run, e.code) for e in lab.audit[before:]]
    assert seen == [
        ("kubernetes-admin", "create", "configmaps", "audited", True, 201),
        ("kubernetes-admin", "delete", "configmaps", "absent", False, 404),
    ]
