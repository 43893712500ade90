"""The runs of a container: crashes and their back-off, memory, commands, probes, logs."""

from itertools import pairwise
from typing import Any

import pytest

from lab.cluster.errors import ApiError
from tests.lab.cluster.small import Small, deployment, service, thing


def probe(path: str = "/healthz", **more: Any) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 8080}, **more}


def restarts_at(small: Small, app: str, seconds: int) -> list[int]:
    """Whole seconds at which the restart count grew."""
    found, count = [], 0
    for second in range(seconds):
        small.world.advance(1)
        if small.pods(app) and small.pod(app)["status"].get("containerStatuses"):
            now = small.container(app)["restartCount"]
            if now > count:
                found.append(second)
                count = now
    return found


def test_a_tool_that_the_image_brings_runs_to_its_end_in_place_of_the_server() -> None:
    """`mongo` in an image of MongoDB is a client; without a command the image is the server."""
    small = Small()
    ask = ["mongo", "--quiet", "--host=db", "--eval", "print(db.getName())", "orders"]
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "mongo:4.4.6", "command": ask}]}
    job = thing("Job", "ask", spec={"backoffLimit": 0, "template": {"spec": pod}})
    small.put(deployment("db", "mongo:4.4.6"), service("db", 27017))
    small.after(30).after(30, job)
    assert "Complete" in small.conditions("Job", "ask")
    [ran] = [pod for pod in small.store.list("Pod", "default") if pod["metadata"]["name"].startswith("ask-")]
    assert [line.text for line in small.world.logs(ran, "main", False)] == ["orders"]


# ---- crashes ----


def test_a_crash_loop_pauses_10_20_40_80_160_and_then_300_seconds() -> None:
    small = Small()
    small.put(deployment("web", "lab/broken:1"))
    times = restarts_at(small, "web", 1300)
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[:6] == [11, 21, 41, 81, 161, 301]
    assert set(pauses[6:]) <= {301}


def test_a_crash_loop_shows_its_last_end_and_its_last_words() -> None:
    small = Small().after(200, deployment("web", "lab/broken:1"))
    pod, status = small.pod("web"), small.container("web")
    name = f"{pod['metadata']['name']}_default({pod['metadata']['uid']})"
    assert status["state"]["waiting"] == {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 2m40s restarting failed container=main pod={name}",
    }
    assert status["lastState"]["terminated"]["exitCode"] == 3
    assert status["lastState"]["terminated"]["reason"] == "Error"
    assert pod["status"]["phase"] == "Running"
    assert small.log("web", previous=True) == small.log("web") == ["panic: no luck"]
    assert f"BackOff: Back-off restarting failed container main in pod {name}" in small.events("web-")


def test_without_an_earlier_run_there_is_no_previous_log() -> None:
    small = Small().after(10, deployment("web"))
    with pytest.raises(ApiError, match=r'previous terminated container "main" in pod "web-.*" not found'):
        small.log("web", previous=True)


def test_ten_minutes_of_running_forgive_earlier_crashes() -> None:
    small = Small().after(10, deployment("web", "lab/leak:1", resources={"limits": {"memory": "1200Mi"}}))
    small.after(1400)
    status = small.container("web")
    assert status["restartCount"] == 2
    assert "running" in status["state"]


# ---- memory ----


def test_more_memory_than_the_limit_is_killed_and_enough_is_not() -> None:
    limits = {"limits": {"memory": "256Mi"}}
    small = Small().after(30, deployment("web", "lab/hog:1", resources=limits))
    ended = small.container("web")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)
    small.after(30, deployment("web", "lab/hog:1", resources={"limits": {"memory": "1Gi"}}))
    assert "running" in small.container("web")["state"]


def test_a_leak_is_killed_when_it_reaches_the_limit_and_shows_in_the_usage() -> None:
    small = Small().after(90, deployment("web", "lab/leak:1", resources={"limits": {"memory": "300Mi"}}))
    (_, early), (_, limit) = small.world.usage(small.pod("web"))["main"], (0, 300 * 2**20)
    assert 0.6 * limit < early < limit
    small.after(40)
    assert small.container("web")["lastState"]["terminated"]["reason"] == "OOMKilled"


# ---- commands ----


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/app/start.sh", 'exec: "/app/start.sh": stat /app/start.sh: no such file or directory'),
        ("strat", 'exec: "strat": executable file not found in $PATH'),
    ],
)
def test_a_command_that_is_not_there_is_a_start_error(command: str, words: str) -> None:
    small = Small().after(3, deployment("web", command=[command]))
    assert small.container("web")["state"]["waiting"]["reason"] == "RunContainerError"
    small.after(60)
    status = small.container("web")
    ended = status["lastState"]["terminated"]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert ended["startedAt"] == "1970-01-01T00:00:00Z"
    assert ended["message"].endswith(words)


def test_a_shell_script_may_start_the_image_s_own_program() -> None:
    command = ["sh", "-c", "echo preparing && exec /app/api"]
    env = [{"name": "DB_ADDR", "value": "db:6379"}]
    db = (service("db", 6379), deployment("db", "redis:7", port=6379))
    small = Small().after(10, *db)
    small.after(10, deployment("web", "lab/api:1", command=command, env=env))
    assert small.log("web")[0] == "preparing"
    assert "listening on :8080" in small.log("web")


# ---- conditions on the environment and files ----


def test_a_missing_variable_ends_the_process_with_its_name() -> None:
    small = Small().after(30, deployment("web", "lab/api:1"))
    assert small.log("web", previous=True)[-1] == "FATAL: required environment variable DB_ADDR is not set"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("server: {port: 80}", None),
        ("server: {host: a}", 'missing key "server.port"'),
        ("server: [", "yaml: line 1: "),
        ("server: {port: eighty}", 'server.port "eighty" is not valid'),
    ],
)
def test_a_program_reads_its_configuration_at_its_start(text: str, words: str | None) -> None:
    volumes = [{"name": "conf", "configMap": {"name": "conf"}}]
    mounts = [{"name": "conf", "mountPath": "/etc/app"}]
    small = Small()
    small.put(thing("ConfigMap", "conf", data={"config.yaml": text}))
    small.after(20, deployment("web", "lab/config:1", volumeMounts=mounts, pod={"volumes": volumes}))
    if words is None:
        assert "running" in small.container("web")["state"]
    else:
        last = small.log("web", previous=True)[-1]
        assert last.startswith("FATAL: invalid configuration in /etc/app/config.yaml: ")
        assert words in last


def test_an_exit_may_hang_on_a_variable() -> None:
    small = Small().after(20, deployment("web", "lab/switch:1", env=[{"name": "MODE", "value": "broken-2"}]))
    assert small.container("web")["lastState"]["terminated"]["exitCode"] == 7
    small.after(20, deployment("web", "lab/switch:1", env=[{"name": "MODE", "value": "fine"}]))
    assert "running" in small.container("web")["state"]


# ---- probes ----


def test_a_readiness_probe_that_fails_keeps_the_pod_out_but_running() -> None:
    small = Small().after(40, deployment("web", "lab/unready:1", readinessProbe=probe()))
    status = small.container("web")
    assert "running" in status["state"]
    assert (status["ready"], status["restartCount"]) == (False, 0)
    assert small.events("web-")["Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"] >= 3
    ready = next(each for each in small.pod("web")["status"]["conditions"] if each["type"] == "Ready")
    assert (ready["reason"], ready["message"]) == (
        "ContainersNotReady",
        "containers with unready status: [main]",
    )


def test_a_liveness_probe_that_fails_restarts_the_container() -> None:
    small = Small().after(60, deployment("web", "lab/unready:1", livenessProbe=probe(periodSeconds=5)))
    assert small.events("web-")["Killing: Container main failed liveness probe, will be restarted"] >= 2
    assert small.container("web")["lastState"]["terminated"]["exitCode"] == 143


def test_nothing_listening_is_a_refused_connection() -> None:
    small = Small().after(20, deployment("web", readinessProbe=probe()))
    address = small.pod("web")["status"]["podIP"] + ":8080"
    text = f'Get "http://{address}/healthz": dial tcp {address}: connect: connection refused'
    assert f"Unhealthy: Readiness probe failed: {text}" in small.events("web-")
    small.after(20, deployment("web", readinessProbe={"tcpSocket": {"port": "http"}}))
    assert small.container("web")["ready"]


def test_an_answer_slower_than_the_timeout_fails_and_a_longer_timeout_cures_it() -> None:
    small = Small().after(60, deployment("web", "lab/slow:1", readinessProbe=probe(timeoutSeconds=1)))
    assert any("(Client.Timeout exceeded while awaiting headers)" in text for text in small.events("web-"))
    small.after(120, deployment("web", "lab/slow:1", readinessProbe=probe(timeoutSeconds=5)))
    assert small.container("web")["ready"]


def test_a_startup_probe_holds_the_others_back() -> None:
    probes: dict[str, Any] = {
        "startupProbe": probe(timeoutSeconds=5, periodSeconds=10, failureThreshold=6),
        "livenessProbe": probe(timeoutSeconds=5, periodSeconds=1, failureThreshold=1),
    }
    small = Small().after(120, deployment("web", "lab/slow:1", **probes))
    status = small.container("web")
    assert (status["restartCount"], status["started"], status["ready"]) == (0, True, True)
    impatient: dict[str, Any] = {"startupProbe": probe(timeoutSeconds=5, periodSeconds=1, failureThreshold=3)}
    small.after(60, deployment("eager", "lab/slow:1", **impatient))
    assert small.events("eager")["Killing: Container main failed startup probe, will be restarted"] >= 1


def test_an_exec_probe_takes_the_command_s_word() -> None:
    ping = {"exec": {"command": ["redis-cli", "ping"]}}
    small = Small().after(20, deployment("db", "redis:7", port=6379, readinessProbe=ping))
    assert small.container("db")["ready"]
    odd = {"exec": {"command": ["nosuchtool"]}}
    small.after(20, deployment("web", readinessProbe=odd))
    assert any(text.startswith("Unhealthy: Readiness probe errored: ") for text in small.events("web-"))
    assert not small.container("web")["ready"]


# ---- logs ----


def test_a_log_reads_the_same_whenever_it_is_read() -> None:
    env = [{"name": "DB_ADDR", "value": "db:6379"}, {"name": "STAGE", "value": "prod"}]
    small = Small().after(10, service("db", 6379), deployment("db", "redis:7", port=6379))
    small.after(100, deployment("web", "lab/api:1", env=env))
    early = small.log("web")
    assert early[0] == f"starting {small.pod('web')['metadata']['name']} in prod"
    assert len([line for line in early if line.startswith("served in ")]) == 9
    small.after(100)
    assert small.log("web")[: len(early)] == early
    assert len(small.log("web")) > len(early)
