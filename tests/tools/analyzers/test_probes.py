"""Analyzers of readiness, liveness and startup probes."""

from typing import Any

from domain.actions import PatchProbe, RollBack
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, healthy, ref
from tools.analyzers import crash_loop, liveness, readiness

API = ref("Deployment", "api")
REFUSED = 'Get "http://10.0.0.7:9090/ready": dial tcp 10.0.0.7:9090: connect: connection refused'


def probed(kind: str, probe: dict[str, Any], **more: Any) -> World:
    world = World()
    fields: dict[str, Any] = {kind: probe, **more}
    world.deploy("api", **fields)
    return world


def failing(world: World, word: str, said: str) -> None:
    world.event("Pod", "api-0", "Unhealthy", f"{word} probe failed: {said}", fieldPath="spec.containers{api}")


def killed(world: World, word: str) -> None:
    world.event("Pod", "api-0", "Killing", f"Container api failed {word} probe, will be restarted")
    world.crashing("api-0", 137)


def test_readiness_at_a_port_where_nobody_listens() -> None:
    before = {"container": {"readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}}}}
    world = probed("readinessProbe", {"httpGet": {"path": "/ready", "port": 9090}}, before=before)
    world.unready("api-0")
    failing(world, "Readiness", REFUSED)
    [found] = world.run(readiness.analyze)
    assert "it asks port 9090, but the program listens on 8080" in found.hypothesis.statement
    patch = PatchProbe(target=API, container="api", kind="readinessProbe", port=8080)
    assert found.hypothesis.actions == (RollBack(target=API, revision=1), patch)
    assert not found.follows


def test_the_port_that_the_log_names_wins_over_a_port_that_is_only_declared() -> None:
    ports = [{"containerPort": 8080}, {"containerPort": 9091}]
    world = probed("readinessProbe", {"tcpSocket": {"port": 9090}}, ports=ports)
    world.unready("api-0")
    world.says("api-0", "INFO Tomcat started, listening on port 9091")
    failing(world, "Readiness", REFUSED)
    [found] = world.run(readiness.analyze)
    assert found.hypothesis.actions == (PatchProbe(target=API, container="api", kind="readinessProbe", port=9091),)


def test_readiness_at_a_path_that_is_not_served_takes_the_path_of_the_other_probe() -> None:
    live = {"httpGet": {"path": "/healthz", "port": 8080}}
    world = probed("readinessProbe", {"httpGet": {"path": "/reday", "port": 8080}}, livenessProbe=live)
    world.unready("api-0")
    failing(world, "Readiness", "HTTP probe failed with statuscode: 404")
    [found] = world.run(readiness.analyze)
    assert "does not serve" in found.hypothesis.statement
    patch = PatchProbe(target=API, container="api", kind="readinessProbe", path="/healthz")
    assert found.hypothesis.actions == (patch,)


def test_a_program_that_says_503_is_a_symptom_and_its_probe_is_left_alone() -> None:
    world = healthy()
    world.unready("api-0")
    failing(world, "Readiness", "HTTP probe failed with statuscode: 503")
    world.says("api-0", "ERROR store:6379: connection refused")
    [found] = world.run(readiness.analyze)
    assert found.follows
    assert found.blames == {ref("Service", "store")}
    assert found.hypothesis.actions == ()


def test_readiness_of_a_pod_that_has_only_just_started_is_not_judged() -> None:
    world = healthy()
    world.unready("api-0")
    world.status("api-0")["state"] = {"running": {"startedAt": ago(8)}}
    failing(world, "Readiness", REFUSED)
    assert world.run(readiness.analyze) == []


def test_liveness_that_kills_before_the_program_is_up() -> None:
    probe = {
        "httpGet": {"path": "/live", "port": 8080},
        "initialDelaySeconds": 2,
        "periodSeconds": 2,
        "failureThreshold": 1,
    }
    world = probed("livenessProbe", probe)
    killed(world, "liveness")
    failing(world, "Liveness", "dial tcp 10.0.0.7:8080: connect: connection refused")
    [found] = world.run(liveness.analyze)
    assert "only 4 s to come up" in found.hypothesis.statement
    patch = PatchProbe(target=API, container="api", kind="livenessProbe", initial_delay_seconds=30)
    assert found.hypothesis.actions == (patch,)
    assert world.run(crash_loop.analyze) == []
    assert world.run(liveness.analyze_startup) == []


def test_liveness_that_is_too_short_for_an_answer() -> None:
    world = probed("livenessProbe", {"httpGet": {"path": "/live", "port": 8080}, "timeoutSeconds": 2})
    killed(world, "liveness")
    failing(world, "Liveness", "context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
    [found] = world.run(liveness.analyze)
    patch = PatchProbe(target=API, container="api", kind="livenessProbe", timeout_seconds=6)
    assert found.hypothesis.actions == (patch,)


def test_startup_probe_gets_more_attempts() -> None:
    world = probed("startupProbe", {"tcpSocket": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 3})
    killed(world, "startup")
    failing(world, "Startup", "dial tcp 10.0.0.7:8080: connect: connection refused")
    [found] = world.run(liveness.analyze_startup)
    assert found.hypothesis.cause is Cause.STARTUP_PROBE
    patch = PatchProbe(target=API, container="api", kind="startupProbe", failure_threshold=30)
    assert found.hypothesis.actions == (patch,)


def test_a_container_that_outlived_its_last_liveness_kill_has_recovered() -> None:
    world = probed("livenessProbe", {"httpGet": {"path": "/live", "port": 8080}})
    world.event("Pod", "api-0", "Killing", "Container api failed liveness probe, will be restarted", seconds=400)
    failing(world, "Liveness", REFUSED)
    ended = {"reason": "Error", "exitCode": 137, "finishedAt": ago(400)}
    world.status("api-0").update(restartCount=1, lastState={"terminated": ended})
    assert world.run(liveness.analyze) == []
