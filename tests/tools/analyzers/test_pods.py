"""Analyzers of containers that do not start or keep ending."""

from domain.actions import RollBack, SetImage, SetResources
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, healthy, ref, texts
from tools.analyzers import bad_command, crash_loop, image_pull, init_container, out_of_memory

API = ref("Deployment", "api")
BACK = RollBack(target=API, revision=1)


def test_image_pull_names_the_missing_tag_and_goes_back() -> None:
    world = healthy()
    world.waiting("api-0", "ImagePullBackOff", 'Back-off pulling image "registry.example.com/api:1.0"')
    not_found = 'Failed to pull image "registry.example.com/api:1.0": rpc error: code = NotFound: not found'
    world.event("Pod", "api-0", "Failed", not_found)
    [found] = world.run(image_pull.analyze)
    assert found.hypothesis.key == "image-pull:Deployment prod/api"
    assert "no such image or tag" in found.hypothesis.statement
    narrow = SetImage(target=API, container="api", image="registry.example.com/api:0.9")
    assert found.hypothesis.actions == (BACK, narrow)


def test_image_pull_tells_a_refused_access_from_a_missing_tag() -> None:
    world = healthy()
    world.waiting("store-0", "ErrImagePull", "failed to authorize: 401 Unauthorized")
    [found] = world.run(image_pull.analyze)
    assert "refuses access" in found.hypothesis.statement
    assert found.hypothesis.actions == ()


def test_image_pull_offers_the_image_that_other_pods_run() -> None:
    world = World()
    world.deploy("db", kind="StatefulSet", replicas=2)
    world.pod("db-1")["spec"]["containers"][0]["image"] = "registry.example.com/db:nope"
    world.waiting("db-1", "ImagePullBackOff", "manifest unknown")
    [found] = world.run(image_pull.analyze)
    expected = SetImage(target=ref("StatefulSet", "db"), container="db", image="registry.example.com/db:1.0")
    assert found.hypothesis.actions == (expected,)


def test_bad_command_cites_what_cannot_be_executed() -> None:
    world = World()
    world.deploy("api", command=["/app/apid"], before={"container": {"command": None}})
    said = 'OCI runtime create failed: runc: exec: "/app/apid": stat /app/apid: no such file or directory'
    world.crashing("api-0", 128, "StartError", message=said)
    [found] = world.run(bad_command.analyze)
    assert found.hypothesis.cause is Cause.BAD_COMMAND
    assert 'exec: "/app/apid"' in found.hypothesis.statement
    assert found.hypothesis.actions == (BACK,)
    assert world.run(crash_loop.analyze) == []


def test_bad_command_knows_the_shell_s_exit_code() -> None:
    world = healthy()
    world.crashing("api-0", 127, "Error", "/bin/sh: start-server: not found")
    assert len(world.run(bad_command.analyze)) == 1


def test_a_program_that_misses_a_file_of_its_own_is_no_bad_command() -> None:
    world = healthy()
    world.crashing("api-0", 1, "Error", "open /etc/api/key.pem: no such file or directory")
    assert world.run(bad_command.analyze) == []
    assert len(world.run(crash_loop.analyze)) == 1


def test_out_of_memory_goes_back_when_the_last_revision_lowered_the_limit() -> None:
    world = World()
    world.deploy(
        "api",
        resources={"limits": {"memory": "128Mi"}},
        before={"container": {"resources": {"limits": {"memory": "512Mi"}}}},
    )
    world.crashing("api-0", 137, "OOMKilled")
    [found] = world.run(out_of_memory.analyze)
    assert "128Mi, which the last revision lowered from 512Mi" in found.hypothesis.statement
    raised = SetResources(target=API, container="api", limits={"memory": "512Mi"})
    assert found.hypothesis.actions == (BACK, raised)
    assert world.run(crash_loop.analyze) == []


def test_out_of_memory_doubles_a_limit_that_never_changed() -> None:
    world = World()
    world.deploy("api", resources={"limits": {"memory": "1Gi"}})
    world.crashing("api-0", 137, "OOMKilled")
    [found] = world.run(out_of_memory.analyze)
    assert found.hypothesis.actions == (SetResources(target=API, container="api", limits={"memory": "2048Mi"}),)


def test_one_old_kill_for_memory_is_forgotten() -> None:
    world = healthy()
    ended = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ago(4000)}
    world.status("store-0").update(restartCount=1, lastState={"terminated": ended})
    assert world.run(out_of_memory.analyze) == []


def test_crash_loop_cites_exit_code_and_the_telling_line() -> None:
    world = healthy()
    world.crashing(
        "api-0",
        2,
        "Error",
        "INFO starting",
        "panic: nil pointer dereference",
        "goroutine 1 [running]:",
        "\tmain.go:8",
    )
    [found] = world.run(crash_loop.analyze)
    assert "exit code 2" in found.hypothesis.statement
    assert "panic: nil pointer dereference" in found.hypothesis.statement
    assert found.hypothesis.actions == (BACK,)
    assert not found.follows


def test_crash_loop_blames_the_service_that_its_last_words_name() -> None:
    world = healthy()
    world.crashing("api-0", 1, "Error", "FATAL: cannot connect to store:6379: connection refused")
    [found] = world.run(crash_loop.analyze)
    assert found.follows
    assert found.blames == {ref("Service", "store")}


def test_a_container_that_is_up_for_seconds_between_crashes_still_counts() -> None:
    world = healthy()
    world.crashing("api-0", 1)
    world.status("api-0")["state"] = {"running": {"startedAt": ago(4)}}
    assert len(world.run(crash_loop.analyze)) == 1


def test_init_container_that_fails_holds_the_pod_up() -> None:
    world = World()
    init = {"name": "migrate", "image": "m:2"}
    world.deploy(
        "api", spec={"initContainers": [init]}, before={"initContainers": [{"name": "migrate", "image": "m:1"}]}
    )
    world.waiting("api-0", "PodInitializing")
    status = world.status("api-0", init=True)
    status["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
    status["lastState"] = {"terminated": {"exitCode": 3, "finishedAt": ago(10)}}
    world.says("api-0", "ERROR: migration V42 failed", container="migrate")
    [found] = world.run(init_container.analyze)
    assert "migrate fails with exit code 3" in found.hypothesis.statement
    assert "migration V42 failed" in found.hypothesis.statement
    assert found.hypothesis.actions == (BACK,)


def test_init_container_that_waits_for_minutes_is_stuck_but_a_sidecar_is_not() -> None:
    world = World()
    world.deploy("api", spec={"initContainers": [{"name": "wait", "image": "w:1"}]})
    world.status("api-0", init=True)["state"] = {"running": {"startedAt": ago(500)}}
    [found] = world.run(init_container.analyze)
    assert "does not come to an end" in texts([found])
    world.pod("api-0")["spec"]["initContainers"][0]["restartPolicy"] = "Always"
    assert world.run(init_container.analyze) == []


def test_a_crash_of_today_is_not_answered_by_undoing_a_release_of_last_month() -> None:
    world = World()
    world.deploy("api", made=2_600_000, before={"container": {"image": "registry.example.com/api:0.9"}})
    world.crashing("api-0", 2, "Error", "panic: x")
    [found] = world.run(crash_loop.analyze)
    assert found.hypothesis.actions == ()
    assert found.follows
