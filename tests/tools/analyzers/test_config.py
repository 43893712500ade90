"""Analyzers of references, mounts, settings and rights."""

import pytest

from domain.actions import Restart, RollBack, SetConfigKey, SetConfigReference, SetEnv
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, applied, changed, healthy, ref
from tools.analyzers import environment, missing_config, mount_failure, rbac, stale_config

API = ref("Deployment", "api")
BACK = RollBack(target=API, revision=1)


def test_missing_config_map_that_came_with_the_last_revision() -> None:
    world = World()
    world.deploy(
        "api",
        envFrom=[{"configMapRef": {"name": "api-config-v2"}}],
        before={"container": {"envFrom": [{"configMapRef": {"name": "api-config"}}]}},
    )
    world.add("ConfigMap", "api-config", {"data": {"A": "1"}})
    world.waiting("api-0", "CreateContainerConfigError", 'configmap "api-config-v2" not found')
    [found] = world.run(missing_config.analyze)
    assert found.hypothesis.cause is Cause.MISSING_CONFIG
    assert "ConfigMap api-config-v2" in found.hypothesis.statement
    there = SetConfigReference(target=API, missing="api-config-v2", config_map="api-config")
    assert found.hypothesis.actions == (BACK, there)


def test_missing_key_is_restored_from_what_was_last_applied() -> None:
    world = World()
    source = {"configMapKeyRef": {"name": "api-config", "key": "timeout"}}
    world.deploy("api", env=[{"name": "TIMEOUT", "valueFrom": source}])
    config = world.add("ConfigMap", "api-config", {"data": {"other": "x"}})
    applied(config, {"data": {"other": "x", "timeout": "500"}})
    world.waiting("api-0", "CreateContainerConfigError", "couldn't find key timeout in ConfigMap prod/api-config")
    [found] = world.run(missing_config.analyze)
    restored = SetConfigKey(target=ref("ConfigMap", "api-config"), key="timeout", value="500")
    assert found.hypothesis.actions == (restored,)


def test_a_value_that_was_redacted_is_never_written_back() -> None:
    world = World()
    source = {"configMapKeyRef": {"name": "api-config", "key": "api_token"}}
    world.deploy("api", env=[{"name": "TOKEN", "valueFrom": source}])
    config = world.add("ConfigMap", "api-config", {"data": {}})
    applied(config, {"data": {"api_token": "[redacted:token]"}})
    world.waiting(
        "api-0", "CreateContainerConfigError", "couldn't find key api_token in ConfigMap prod/api-config"
    )
    [found] = world.run(missing_config.analyze)
    assert found.hypothesis.actions == ()


def test_unknown_content_is_not_invented() -> None:
    world = World()
    world.deploy("api", envFrom=[{"configMapRef": {"name": "api-config"}}])
    world.waiting("api-0", "CreateContainerConfigError", 'configmap "api-config" not found')
    [found] = world.run(missing_config.analyze)
    assert found.hypothesis.actions == ()


@pytest.mark.parametrize("said", ['secret "creds" not found', "couldn't find key pw in Secret prod/creds"])
def test_missing_secret_or_key_of_one(said: str) -> None:
    world = World()
    source = {"secretKeyRef": {"name": "creds", "key": "pw"}}
    world.deploy("api", env=[{"name": "PW", "valueFrom": source}], before={"container": {"env": None}})
    world.waiting("api-0", "CreateContainerConfigError", said)
    [found] = world.run(missing_config.analyze)
    assert found.hypothesis.cause is Cause.MISSING_SECRET
    assert found.hypothesis.actions == (BACK,)


def test_missing_config_map_of_a_volume_is_told_by_the_mount_event() -> None:
    world = World()
    world.deploy("api", spec={"volumes": [{"name": "etc", "configMap": {"name": "routes-v9"}}]})
    world.waiting("api-0", "ContainerCreating")
    world.event(
        "Pod",
        "api-0",
        "FailedMount",
        'MountVolume.SetUp failed for volume "etc" : configmap "routes-v9" not found',
    )
    [found] = world.run(missing_config.analyze)
    assert "Volume etc refers to ConfigMap routes-v9." in [finding.text for finding in found.findings]
    assert world.run(mount_failure.analyze) == []


def test_mount_failure_names_the_volume_and_the_telling_message() -> None:
    world = healthy()
    world.waiting("store-0", "ContainerCreating")
    world.event(
        "Pod", "store-0", "FailedMount", "Unable to attach or mount volumes: unmounted volumes=[data]: timed out"
    )
    attach = 'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node'
    world.event("Pod", "store-0", "FailedAttachVolume", attach, seconds=90)
    [found] = world.run(mount_failure.analyze)
    assert found.hypothesis.cause is Cause.MOUNT_FAILURE
    assert "Multi-Attach" in found.hypothesis.statement


def test_a_pod_that_is_up_again_has_forgotten_its_mount_events() -> None:
    world = healthy()
    world.event("Pod", "store-0", "FailedMount", 'MountVolume.SetUp failed for volume "d" : timeout')
    assert world.run(mount_failure.analyze) == []


def test_environment_value_that_the_last_revision_changed_and_the_log_names() -> None:
    world = World()
    world.deploy(
        "api",
        image="registry.example.com/api:2.0",
        env=[{"name": "TTL_SECONDS", "value": "5m"}],
        before={
            "container": {
                "env": [{"name": "TTL_SECONDS", "value": "300"}],
                "image": "registry.example.com/api:1.0",
            }
        },
    )
    world.crashing("api-0", 1, "Error", 'FATAL: TTL_SECONDS: strconv.Atoi: parsing "5m": invalid syntax')
    [found] = world.run(environment.analyze)
    narrow = SetEnv(target=API, container="api", name="TTL_SECONDS", value="300")
    assert found.hypothesis.subject == API
    assert found.hypothesis.actions == (BACK, narrow)
    assert "5m" not in found.findings[1].text


def test_a_crash_that_says_nothing_of_the_changed_variable_is_another_matter() -> None:
    world = World()
    world.deploy(
        "api",
        image="registry.example.com/api:2.0",
        env=[{"name": "TTL_SECONDS", "value": "60"}],
        before={
            "container": {
                "env": [{"name": "TTL_SECONDS", "value": "300"}],
                "image": "registry.example.com/api:1.0",
            }
        },
    )
    world.crashing("api-0", 2, "Error", "panic: nil pointer dereference")
    assert world.run(environment.analyze) == []


def calling(address: str) -> World:
    world = World()
    world.deploy("api", env=[{"name": "STORE_ADDR", "value": address}])
    world.deploy("store", ports=[{"containerPort": 6379}])
    world.service("store", 6379, 6379)
    return world


def test_address_that_is_nearly_a_service() -> None:
    world = calling("stroe:6379")
    world.crashing("api-0", 1, "Error", "FATAL: dial tcp: lookup stroe on 10.96.0.10:53: no such host")
    [found] = world.run(environment.analyze)
    right = SetEnv(target=API, container="api", name="STORE_ADDR", value="store:6379")
    assert found.hypothesis.actions == (right,)


def test_address_with_a_port_that_the_service_does_not_have() -> None:
    world = calling("redis://store:6380/0")
    world.says("api-0", "ERROR store:6380: connect: connection timed out")
    [found] = world.run(environment.analyze)
    right = SetEnv(target=API, container="api", name="STORE_ADDR", value="redis://store:6379/0")
    assert found.hypothesis.actions == (right,)


def test_config_map_value_that_differs_from_the_declared_one() -> None:
    world = healthy()
    config = world.objects["ConfigMap"][0]
    config["data"]["TIMEOUT_MS"] = "half a second"
    applied(config, {"data": {"LOG_LEVEL": "info", "TIMEOUT_MS": "500"}})
    world.crashing("api-0", 1, "Error", "FATAL: TIMEOUT_MS is not a number")
    [found] = world.run(environment.analyze)
    assert found.hypothesis.subject == ref("ConfigMap", "api-config")
    assert API in found.hypothesis.affected
    expected = SetConfigKey(target=ref("ConfigMap", "api-config"), key="TIMEOUT_MS", value="500")
    assert found.hypothesis.actions == (expected,)


def test_pods_older_than_the_mended_config_map_are_restarted() -> None:
    world = healthy()
    changed(world.objects["ConfigMap"][0], 30)
    world.says("api-0", "ERROR TIMEOUT_MS is not a number")
    [found] = world.run(stale_config.analyze)
    assert found.hypothesis.actions == (Restart(target=API),)


def test_a_config_map_that_has_not_changed_since_needs_no_restart() -> None:
    world = healthy()
    changed(world.objects["ConfigMap"][0], 4000)
    world.says("api-0", "ERROR TIMEOUT_MS is not a number")
    assert world.run(stale_config.analyze) == []


def test_rbac_names_account_verb_and_resource() -> None:
    world = healthy()
    world.says(
        "api-0",
        'ERROR forbidden: User "system:serviceaccount:prod:api" cannot list resource "configmaps" in',
    )
    [found] = world.run(rbac.analyze)
    assert "service account api, which may not list configmaps" in found.hypothesis.statement
    assert found.hypothesis.actions == ()


def test_a_forbidden_page_of_a_web_server_is_no_rbac() -> None:
    world = healthy()
    world.says("web-0", "GET /admin 403 forbidden", "user bob cannot open settings")
    assert world.run(rbac.analyze) == []


def test_any_complaint_of_a_healthy_workload_does_not_blame_its_last_variable() -> None:
    world = World()
    before = {"container": {"env": [{"name": "TTL_SECONDS", "value": "300"}]}}
    world.deploy("api", env=[{"name": "TTL_SECONDS", "value": "60"}], before=before)
    world.says("api-0", "ERROR basket 7 has no price")
    assert world.run(environment.analyze) == []
