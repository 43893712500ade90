"""Faults that production sees often: certificates, DNS, disks, pools, evictions, autoscalers and schedules."""

import pytest

from domain.actions import RollBack, SetConfigKey
from domain.cluster import Ref
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, applied, changed, healthy, ref
from tools.analyzers import (
    access,
    autoscaler,
    certificates,
    config_file,
    disk_full,
    dns_egress,
    name_resolution,
)

API = ref("Deployment", "api")
STORE = ref("Deployment", "store")


def test_an_expired_certificate_of_the_service_that_is_called() -> None:
    world = healthy()
    world.says(
        "web-0", 'level=error msg="Get \\"https://api:8080/\\": x509: certificate has expired or is not yet valid"'
    )
    [found] = world.run(certificates.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.CERTIFICATE_EXPIRED, API)
    assert ref("Deployment", "web") in found.hypothesis.affected


def test_names_that_are_right_and_resolve_for_nobody() -> None:
    world = healthy()
    world.says("web-0", "ERROR dial tcp: lookup api on 10.96.0.10:53: no such host, calling http://api:8080")
    world.says("api-0", "ERROR Temporary failure in name resolution: store:6379")
    [found] = world.run(name_resolution.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject.name) == (Cause.DNS_FAILURE, "kube-dns")


def test_one_caller_with_a_wrong_name_is_no_matter_of_dns() -> None:
    world = healthy()
    world.says("web-0", "ERROR lookup apii on 10.96.0.10:53: no such host")
    assert world.run(name_resolution.analyze) == []


def test_a_full_disk() -> None:
    world = healthy()
    world.crashing("store-0", 1, "Error", "PANIC: could not write to file: No space left on device")
    [found] = world.run(disk_full.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.DISK_FULL, STORE)


@pytest.mark.parametrize(
    ("image", "said", "subject"),
    [
        ("postgres:16", "FATAL: sorry, too many clients already", STORE),
        ("postgres:16", "HikariPool-1 - Connection is not available, request timed out after 30000ms.", API),
    ],
    ids=["the server's limit", "the client's own pool"],
)
def test_no_connection_left(image: str, said: str, subject: Ref) -> None:
    world = healthy()
    for kind in ("Deployment", "ReplicaSet", "Pod"):
        for thing in world.objects[kind]:
            if thing["metadata"]["name"].startswith("store"):
                holder = thing["spec"] if kind == "Pod" else thing["spec"]["template"]["spec"]
                holder["containers"][0]["image"] = image
    world.says("api-0", f"ERROR {said}")
    [found] = world.run(access.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.CONNECTION_POOL, subject)


def scaler(world: World, kind: str, status: str, reason: str, message: str, seconds: float = 600) -> None:
    state = {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": ago(seconds),
    }
    aim = {"kind": "Deployment", "name": "api"}
    body = {
        "spec": {"scaleTargetRef": aim, "maxReplicas": 5},
        "status": {"conditions": [state], "currentReplicas": 1},
    }
    world.add("HorizontalPodAutoscaler", "api", body)


NO_REQUEST = (
    "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu"
)


def test_an_autoscaler_without_metrics() -> None:
    world = healthy()
    scaler(world, "ScalingActive", "False", "FailedGetResourceMetric", NO_REQUEST)
    [found] = world.run(autoscaler.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (
        Cause.AUTOSCALER,
        ref("HorizontalPodAutoscaler", "api"),
    )
    assert found.hypothesis.affected == (API,)


@pytest.mark.parametrize(
    ("kind", "status", "reason", "seconds"),
    [
        ("ScalingActive", "False", "FailedGetResourceMetric", 30),
        ("ScalingActive", "False", "ScalingDisabled", 600),
        ("ScalingLimited", "True", "TooFewReplicas", 600),
    ],
    ids=["pods are young", "scaled to zero", "at its least"],
)
def test_an_autoscaler_that_is_well(kind: str, status: str, reason: str, seconds: float) -> None:
    world = healthy()
    scaler(world, kind, status, reason, "no matter", seconds)
    assert world.run(autoscaler.analyze) == []


def test_a_rollout_that_mounts_an_expired_certificate_is_taken_back() -> None:
    world = healthy()
    world.says("web-0", "ERROR https://tiles:8080/: x509: certificate has expired or is not yet valid")
    now = {"volumes": [{"name": "tls", "secret": {"secretName": "tls-old"}}]}
    world.deploy("tiles", spec=now, before={"volumes": [{"name": "tls", "secret": {"secretName": "tls-new"}}]})
    world.service("tiles")
    [found] = world.run(certificates.analyze)
    assert found.hypothesis.actions == (RollBack(target=ref("Deployment", "tiles"), revision=1),)


def policy(world: World, *ports: dict[str, object]) -> None:
    rule: dict[str, object] = {"to": [{"podSelector": {}}]}
    dns = [{"to": [{"namespaceSelector": {}}], "ports": list(ports)}] if ports else []
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": [rule, *dns]}
    changed(world.add("NetworkPolicy", "out", {"spec": spec}), 300)


def test_a_new_policy_for_outgoing_traffic_that_forgets_dns() -> None:
    world = healthy()
    policy(world, {"protocol": "TCP", "port": 53})
    [found] = world.run(dns_egress.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (
        Cause.NETWORK_POLICY,
        ref("NetworkPolicy", "out"),
    )
    assert ref("Deployment", "web") in found.hypothesis.affected


def test_a_policy_that_lets_dns_pass_is_fine() -> None:
    world = healthy()
    policy(world, {"protocol": "UDP", "port": 53})
    assert world.run(dns_egress.analyze) == []


def unreadable(world: World, text: str, declared: str) -> None:
    volume = {"name": "config", "configMap": {"name": "tiles"}}
    config = world.add("ConfigMap", "tiles", {"data": {"tiles.json": text}})
    applied(config, {"data": {"tiles.json": declared}})
    world.deploy("tiles", spec={"volumes": [volume]})
    world.crashing("tiles-0", 1, "Error", "FATAL cannot read tiles.json: invalid JSON")


def test_a_configuration_file_that_is_no_json_becomes_what_was_declared() -> None:
    world = healthy()
    unreadable(world, '{"a": 1 "b": 2}', '{"a": 1, "b": 2}')
    [found] = world.run(config_file.analyze)
    target = ref("ConfigMap", "tiles")
    assert found.hypothesis.subject == target
    assert found.hypothesis.actions == (SetConfigKey(target=target, key="tiles.json", value='{"a": 1, "b": 2}'),)


def test_a_configuration_file_as_declared_is_not_to_blame() -> None:
    world = healthy()
    unreadable(world, '{"a": 1}', '{"a": 1}')
    assert world.run(config_file.analyze) == []


def test_a_pool_is_the_one_of_whoever_waits_for_it_and_not_of_its_caller() -> None:
    world = healthy()
    full = (
        "timed out while checking out a connection from connection pool: context deadline exceeded; maxPoolSize: 2"
    )
    world.says("api-0", f"ERROR {full}")
    world.says("web-0", f"ERROR rpc error: code = Internal desc = {full}")
    [found] = world.run(access.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.CONNECTION_POOL, API)
