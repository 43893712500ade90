"""Tokens, RBAC, impersonation, reviews, and the audit of it all."""

from typing import Any

import pytest

from tests.lab.cluster.quiet import Quiet, pod

PODS = "/api/v1/namespaces/shop/pods"
ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture
def quiet() -> Quiet:
    """`ann` may view the namespace `shop`, through a group; `bob` may do nothing."""
    found = Quiet()
    found.store.create("Namespace", {"metadata": {"name": "shop"}})
    found.store.create("Pod", pod("p", "shop"))
    found.tokens.mint("ann", ("viewers",))
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    subject = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "viewers"}
    binding = {"metadata": {"name": "viewers", "namespace": "shop"}, "roleRef": role, "subjects": [subject]}
    found.store.create("RoleBinding", binding)
    return found


async def test_a_viewer_reads_and_does_not_write(quiet: Quiet) -> None:
    assert (await quiet("GET", PODS, user="ann")).code == 200
    reply = await quiet("DELETE", f"{PODS}/p", user="ann")
    assert (reply.code, reply.message) == (
        403,
        'pods "p" is forbidden: User "ann" cannot delete resource "pods" in API group "" in the namespace "shop"',
    )
    assert quiet.store.get("Pod", "shop", "p") is not None


@pytest.mark.parametrize(
    ("method", "path", "subject", "what"),
    [
        (
            *("GET", "/api/v1/namespaces/default/pods", "pods"),
            'list resource "pods" in API group "" in the namespace "default"',
        ),
        ("GET", "/api/v1/nodes", "nodes", 'list resource "nodes" in API group "" at the cluster scope'),
        (
            *("GET", "/api/v1/namespaces/shop/secrets", "secrets"),
            'list resource "secrets" in API group "" in the namespace "shop"',
        ),
        (
            *("POST", f"{PODS}/p/eviction", 'pods "p"'),
            'create resource "pods/eviction" in API group "" in the namespace "shop"',
        ),
        (
            *("PUT", "/apis/apps/v1/namespaces/shop/deployments/d/scale", 'deployments.apps "d"'),
            'update resource "deployments/scale" in API group "apps" in the namespace "shop"',
        ),
    ],
)
async def test_the_words_of_a_refusal(quiet: Quiet, method: str, path: str, subject: str, what: str) -> None:
    reply = await quiet(method, path, {}, user="ann")
    assert (reply.code, reply.body["reason"]) == (403, "Forbidden")
    assert reply.message == f'{subject} is forbidden: User "ann" cannot {what}'


async def test_a_path_that_is_no_resource_is_refused_in_its_own_words(quiet: Quiet) -> None:
    reply = await quiet("GET", "/metrics", user="ann")
    assert (reply.code, reply.message) == (403, 'forbidden: User "ann" cannot get path "/metrics"')


async def test_a_namespace_may_be_read_by_who_may_view_it(quiet: Quiet) -> None:
    assert (await quiet("GET", "/api/v1/namespaces/shop", user="ann")).code == 200
    assert (await quiet("GET", "/api/v1/namespaces/default", user="ann")).code == 403


async def test_no_token_and_wrong_tokens(quiet: Quiet) -> None:
    reply = await quiet("GET", PODS, user=None)
    assert (reply.code, 'User "system:anonymous" cannot list' in reply.message) == (403, True)
    reply = await quiet("GET", PODS, user=None, authorization="Bearer nonsense")
    assert (reply.code, reply.message) == (401, "Unauthorized")
    assert (await quiet("GET", "/livez", user=None)).body == "ok"


async def test_rules_that_name_objects_cover_only_these(quiet: Quiet) -> None:
    rules = [{"apiGroups": [""], "resources": ["pods"], "resourceNames": ["p"], "verbs": ["get", "delete"]}]
    quiet.store.create("Role", {"metadata": {"name": "one", "namespace": "shop"}, "rules": rules})
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"}
    subject = {"kind": "ServiceAccount", "name": "robot"}
    quiet.store.create(
        "RoleBinding", {"metadata": {"name": "one", "namespace": "shop"}, "roleRef": ref, "subjects": [subject]}
    )
    robot = "system:serviceaccount:shop:robot"
    assert (await quiet("GET", f"{PODS}/p", user=robot)).code == 200
    assert (await quiet("GET", f"{PODS}/q", user=robot)).code == 403
    assert (await quiet("GET", PODS, user=robot)).code == 403


async def review(quiet: Quiet, user: str, **attributes: str) -> dict[str, Any]:
    reply = await quiet("POST", ACCESS, {"spec": {"resourceAttributes": attributes}}, user=user)
    assert reply.code == 201
    status: dict[str, Any] = reply.body["status"]
    return status


async def test_access_reviews_agree_with_what_happens(quiet: Quiet) -> None:
    allowed = await review(quiet, "ann", verb="list", resource="pods", namespace="shop")
    assert allowed == {
        "allowed": True,
        "reason": 'RBAC: allowed by RoleBinding "viewers/shop" of ClusterRole "view"',
    }
    assert not (await review(quiet, "ann", verb="delete", resource="pods", namespace="shop"))["allowed"]
    assert not (await review(quiet, "ann", verb="list", resource="pods"))["allowed"]
    assert not (await review(quiet, "bob", verb="get", resource="pods", subresource="log", namespace="shop"))[
        "allowed"
    ]
    body = {
        "spec": {
            "user": "x",
            "groups": ["viewers"],
            "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "shop"},
        }
    }
    reply = await quiet("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    assert reply.body["status"]["allowed"]
    reply = await quiet(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        {"spec": {"namespace": "shop"}},
        user="ann",
    )
    assert any("pods/log" in rule["resources"] for rule in reply.body["status"]["resourceRules"])
    reply = await quiet("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, user="ann")
    assert reply.body["status"]["userInfo"] == {"username": "ann", "groups": ["viewers", "system:authenticated"]}


async def test_impersonation_needs_the_right_to_it(quiet: Quiet) -> None:
    reply = await quiet("DELETE", f"{PODS}/p", impersonate_user="bob")
    assert 'User "bob" cannot delete' in reply.message
    reply = await quiet("GET", PODS, impersonate_user="bob", impersonate_group="viewers")
    assert reply.code == 200
    reply = await quiet("GET", PODS, user="ann", impersonate_user="bob")
    assert (reply.code, 'users "bob" is forbidden: User "ann" cannot impersonate' in reply.message) == (403, True)


async def test_service_account_tokens(quiet: Quiet) -> None:
    quiet.store.create("ServiceAccount", {"metadata": {"name": "robot", "namespace": "shop"}})
    reply = await quiet("POST", "/api/v1/namespaces/shop/serviceaccounts/robot/token", {"spec": {}})
    token = reply.body["status"]["token"]
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    who = await quiet("POST", path, {}, user=None, authorization=f"Bearer {token}")
    info = who.body["status"]["userInfo"]
    assert info["username"] == "system:serviceaccount:shop:robot"
    assert "system:serviceaccounts:shop" in info["groups"]


async def test_the_audit_lists_every_attempt_to_change(quiet: Quiet) -> None:
    await quiet("GET", PODS)
    await review(quiet, "ann", verb="get", resource="pods")
    await quiet("DELETE", f"{PODS}/p", user="ann")
    await quiet("POST", "/api/v1/namespaces/shop/configmaps", {"metadata": {"name": "c"}})
    await quiet("DELETE", f"{PODS}/p", query="dryRun=All")
    seen = [(e.user, e.verb, e.resource, e.namespace, e.name, e.dry_run, e.code) for e in quiet.kernel.audit]
    assert seen == [
        ("ann", "delete", "pods", "shop", "p", False, 403),
        ("kubernetes-admin", "create", "configmaps", "shop", "c", False, 201),
        ("kubernetes-admin", "delete", "pods", "shop", "p", True, 200),
    ]
