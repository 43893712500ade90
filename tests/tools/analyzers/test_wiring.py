"""Analyzers of Services, callers, policies and rollouts."""

import pytest

from domain.actions import (
    AllowIngress,
    PatchServicePort,
    PatchServiceSelector,
    RemoveNetworkPolicy,
    RollBack,
    Scale,
)
from domain.diagnosis import Cause
from tests.tools.analyzers.build import Obj, World, ago, applied, changed, healthy, ref
from tools.analyzers import (
    application_error,
    dependency,
    network_policy,
    selector,
    stuck_rollout,
    target_port,
    zero_replicas,
)

API = ref("Deployment", "api")
WEB = ref("Deployment", "web")
SERVICE = ref("Service", "api")
REFUSED = 'level=error msg="upstream failed" url=http://api:8080/items error="connection refused"'


def service(world: World, name: str) -> Obj:
    return next(s for s in world.objects["Service"] if s["metadata"]["name"] == name)


def test_target_port_where_nobody_listens_and_callers_complain() -> None:
    world = healthy()
    service(world, "api")["spec"]["ports"] = [{"port": 8080, "targetPort": 8081}]
    world.says("web-0", REFUSED)
    [found] = world.run(target_port.analyze)
    assert found.hypothesis.subject == SERVICE
    assert found.hypothesis.affected == (WEB,)
    assert found.hypothesis.actions == (PatchServicePort(target=SERVICE, port=8080, target_port=8080),)


def test_target_port_by_a_name_that_the_pods_do_not_have() -> None:
    world = healthy()
    service(world, "api")["spec"]["ports"] = [{"port": 8080, "targetPort": "grpc"}]
    [found] = world.run(target_port.analyze)
    assert found.hypothesis.actions == (PatchServicePort(target=SERVICE, port=8080, target_port=8080),)


def test_an_undeclared_port_that_works_is_left_alone() -> None:
    world = healthy()
    service(world, "api")["spec"]["ports"] = [{"port": 9090, "targetPort": 9090}]
    assert world.run(target_port.analyze) == []


def test_target_port_among_many_goes_back_to_the_declared_one() -> None:
    world = World()
    world.deploy("web", env=[{"name": "API", "value": "api:80"}])
    world.deploy("api", ports=[{"containerPort": 8080}, {"containerPort": 9090}])
    applied(world.service("api", 9090, 80), {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}})
    world.says("web-0", "ERROR http://api/items: 502 bad gateway")
    [found] = world.run(target_port.analyze)
    assert found.hypothesis.actions == (PatchServicePort(target=SERVICE, port=80, target_port=8080),)


def test_selector_that_finds_no_pods_is_given_the_pods_labels() -> None:
    world = healthy()
    service(world, "api")["spec"]["selector"] = {"app": "api", "track": "stable"}
    [found] = world.run(selector.analyze)
    assert found.hypothesis.subject == SERVICE
    assert WEB in found.hypothesis.affected
    assert found.hypothesis.actions == (PatchServiceSelector(target=SERVICE, selector={"app": "api"}),)


def test_selector_that_finds_another_workload_s_pods() -> None:
    world = healthy()
    service(world, "api")["spec"]["selector"] = {"app": "store"}
    world.says("web-0", REFUSED)
    [found] = world.run(selector.analyze)
    assert found.hypothesis.actions == (PatchServiceSelector(target=SERVICE, selector={"app": "api"}),)


def test_a_service_of_a_workload_at_zero_has_the_right_selector() -> None:
    world = healthy()
    world.objects["Deployment"][1]["spec"]["replicas"] = 0
    world.objects["Pod"] = [p for p in world.objects["Pod"] if p["metadata"]["name"] != "api-0"]
    assert world.run(selector.analyze) == []


@pytest.mark.parametrize("said", ["from 3 to 0", "to 0 from 3"])
def test_zero_replicas_returns_to_the_number_of_before(said: str) -> None:
    world = healthy()
    world.objects["Deployment"][1]["spec"]["replicas"] = 0
    world.objects["Pod"] = [p for p in world.objects["Pod"] if p["metadata"]["name"] != "api-0"]
    world.event("Deployment", "api", "ScalingReplicaSet", f"Scaled down replica set api-r2 {said}")
    [found] = world.run(zero_replicas.analyze)
    assert found.hypothesis.actions == (Scale(target=API, replicas=3),)
    assert found.hypothesis.affected == (WEB,)


def test_zero_replicas_without_history_starts_with_one() -> None:
    world = healthy()
    world.objects["Deployment"][1]["spec"]["replicas"] = 0
    world.says("web-0", REFUSED)
    [found] = world.run(zero_replicas.analyze)
    assert found.hypothesis.actions == (Scale(target=API, replicas=1),)
    assert any("cannot call it" in finding.text for finding in found.findings)


def test_a_parked_workload_that_nobody_needs_may_stay_at_zero() -> None:
    world = healthy()
    world.deploy("canary", replicas=0)
    world.event("Deployment", "canary", "ScalingReplicaSet", "Scaled down replica set canary-r0 from 1 to 0")
    assert world.run(zero_replicas.analyze) == []


def policy(world: World, name: str, target: str, **spec: object) -> None:
    body = {"spec": {"podSelector": {"matchLabels": {"app": target}}, "policyTypes": ["Ingress"], **spec}}
    world.add("NetworkPolicy", name, body)


TIMEOUT = "ERROR GET http://api:8080/items: dial tcp: i/o timeout"


def test_policy_with_rules_gets_one_more_rule_for_the_caller() -> None:
    world = healthy()
    peers = [{"podSelector": {"matchLabels": {"app": "web-v2"}}}]
    policy(world, "api-clients", "api", ingress=[{"from": peers, "ports": [{"port": 8080}]}])
    world.says("web-0", TIMEOUT)
    [found] = world.run(network_policy.analyze)
    target = ref("NetworkPolicy", "api-clients")
    assert found.hypothesis.subject == target
    allow = AllowIngress(target=target, from_labels={"app": "web"}, port=8080)
    assert found.hypothesis.actions == (allow, RemoveNetworkPolicy(target=target))


def test_policy_that_only_denies_is_removed() -> None:
    world = healthy()
    policy(world, "deny", "api")
    world.says("web-0", TIMEOUT)
    [found] = world.run(network_policy.analyze)
    assert found.hypothesis.actions[0] == RemoveNetworkPolicy(target=ref("NetworkPolicy", "deny"))


def test_policy_on_the_caller_s_way_out() -> None:
    world = healthy()
    policy(world, "lockdown", "web", policyTypes=["Egress"], egress=[])
    world.says("web-0", "ERROR http://api:8080: lookup api on 10.96.0.10:53: i/o timeout")
    [found] = world.run(network_policy.analyze)
    assert found.hypothesis.actions == (RemoveNetworkPolicy(target=ref("NetworkPolicy", "lockdown")),)


def test_policy_that_lets_the_caller_in_is_not_to_blame() -> None:
    world = healthy()
    peers = [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}}]
    policy(world, "api-clients", "api", ingress=[{"from": peers, "ports": [{"port": "http"}]}])
    world.says("web-0", TIMEOUT)
    assert world.run(network_policy.analyze) == []


def test_policy_of_old_that_bars_a_caller_who_never_complains() -> None:
    world = healthy()
    policy(world, "strict", "api", ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "batch"}}}]}])
    assert world.run(network_policy.analyze) == []
    changed(world.objects["NetworkPolicy"][0], 60)
    [found] = world.run(network_policy.analyze)
    assert found.hypothesis.confidence < 0.85


def test_dependency_is_the_workload_behind_the_service_and_its_callers_suffer() -> None:
    world = healthy()
    world.says("web-0", TIMEOUT)
    [found] = world.run(dependency.analyze)
    assert found.hypothesis.key == "dependency-down:Deployment prod/api"
    assert WEB in found.hypothesis.affected
    assert found.follows


def test_a_complaint_of_long_ago_is_history() -> None:
    world = healthy()
    world.says("web-0", f"{ago(4000)} {TIMEOUT}", f"{ago(20)} GET / 200")
    assert world.run(dependency.analyze) == []


def test_stuck_rollout_by_its_deadline() -> None:
    world = healthy()
    world.unready("api-0")
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    world.objects["Deployment"][1]["status"]["conditions"] = [late]
    [found] = world.run(stuck_rollout.analyze)
    assert found.hypothesis.cause is Cause.STUCK_ROLLOUT
    assert "image of api from registry.example.com/api:0.9" in found.findings[-1].text
    assert found.hypothesis.actions == (RollBack(target=API, revision=1),)


def test_a_rollout_that_has_just_begun_is_not_stuck() -> None:
    world = World()
    world.deploy("api", made=20)
    world.unready("api-0")
    assert world.run(stuck_rollout.analyze) == []


def test_application_errors_need_a_good_share_of_the_recent_log() -> None:
    world = healthy()
    calm = ["INFO ok"] * 18
    world.says("store-0", *calm, "ERROR one", "ERROR two")
    assert world.run(application_error.analyze) == []
    world.says("store-0", *calm[:10], *[f"ERROR cannot price basket {n}" for n in range(5)])
    [found] = world.run(application_error.analyze)
    assert found.hypothesis.confidence < 0.5
    assert found.hypothesis.actions == ()


def test_application_errors_after_a_new_revision_offer_the_way_back() -> None:
    world = healthy()
    world.says("api-0", *[f"ERROR cannot price basket {n}" for n in range(5)])
    [found] = world.run(application_error.analyze)
    assert found.hypothesis.actions == (RollBack(target=API, revision=1),)


def test_complaints_of_minutes_ago_confirm_a_fault_but_do_not_make_one() -> None:
    """After a repair the callers' old lines are still in their logs."""
    world = healthy()
    world.says("web-0", f"{ago(200)} {TIMEOUT}", f"{ago(20)} GET / 200")
    assert world.run(dependency.analyze) == []
    service(world, "api")["spec"]["ports"] = [{"port": 8080, "targetPort": 8081}]
    assert len(world.run(target_port.analyze)) == 1
