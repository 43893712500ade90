"""Experiments of Chaos Mesh: what they do to pods and networks, for how long, and what their objects say."""

from typing import Any

import pytest

from lab.cluster.chaos.experiment import seconds_of
from lab.cluster.chaos.rules import chaos_causes
from tests.lab.cluster.quiet import Quiet
from tests.lab.cluster.small import Object, Small, deployment, service

PODCHAOS = "/apis/chaos-mesh.org/v1alpha1/namespaces/default/podchaos"


def chaos(kind: str, action: str, app: str = "web", duration: str | None = "100s", **more: Any) -> Object:
    spec = {"action": action, "mode": "one", "selector": {"labelSelectors": {"app": app}}, **more}
    timed = {} if duration is None else {"duration": duration}
    return {"kind": kind, "metadata": {"name": "trouble"}, "spec": {**spec, **timed}}


def standing(replicas: int = 1, **more: Any) -> Small:
    """A web server, and somebody to ask it."""
    return Small().after(30, deployment("web", replicas=replicas, **more), service("web", 80), deployment("probe"))


def phases(small: Small, kind: str = "PodChaos") -> tuple[str, set[str]]:
    experiment = small.get(kind, "trouble")["status"]["experiment"]
    return experiment["desiredPhase"], {each["phase"] for each in experiment["containerRecords"]}


def ask(small: Small, *command: str) -> tuple[int, str]:
    done = small.world.exec(small.pod("probe"), "main", list(command))
    return done.exit_code, done.stderr.strip()


@pytest.mark.parametrize(
    ("text", "seconds"), [("100s", 100), ("1h30m", 5400), ("0ms", 0), ("1.5s", 1.5), ("soon", None), ("", None)]
)
def test_durations_are_those_of_go(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def test_a_failed_pod_runs_the_pause_image_until_its_time_is_up() -> None:
    small = standing()
    pod = small.pod("web")["metadata"]["name"]
    small.after(20, chaos("PodChaos", "pod-failure"))
    assert small.pod("web")["metadata"]["name"] == pod
    assert small.container("web")["image"] == "gcr.io/google-containers/pause:latest"
    assert small.container("web")["restartCount"] == 1
    assert small.events(pod)["Killing: Container main definition changed, will be restarted"] == 1
    assert phases(small) == ("Run", {"Injected"})
    assert small.conditions("PodChaos", "trouble") == {
        "Selected": "True", "AllInjected": "True", "AllRecovered": "False", "Paused": "False",
    }  # fmt: skip
    assert ask(small, "nc", "-z", "web", "80") == (1, "nc: web (web:80): Connection refused")
    small.world.advance(90)
    assert small.container("web")["image"] == "docker.io/library/nginx:1.25"
    assert not any(key.startswith("chaos-mesh") for key in small.pod("web")["metadata"].get("annotations", {}))
    assert ask(small, "nc", "-z", "web", "80") == (0, "")
    assert phases(small) == ("Stop", {"Not Injected"})
    told = small.events("trouble")
    assert told["Applied: Successfully apply chaos for default/" + pod] == 1
    assert told["TimeUp: Time up according to the duration"] == 1
    assert told["Recovered: Successfully recover chaos for default/" + pod] == 1


def test_a_command_that_the_pause_image_lacks_crash_loops_and_starts_at_once_when_it_ends() -> None:
    small = Small().after(
        30, deployment("web", image="lab/api:1", command=["/app/api"], env=[{"name": "DB_ADDR", "value": "db:1"}])
    )
    small.after(60, chaos("PodChaos", "pod-failure", duration=None))
    waiting = small.container("web")["state"]["waiting"]
    assert waiting["reason"] == "CrashLoopBackOff"
    assert small.container("web")["lastState"]["terminated"]["reason"] == "StartError"
    small.delete("PodChaos", "trouble")
    small.world.advance(3)
    assert small.container("web")["image"] == "docker.io/lab/api:1"
    assert "running" in small.container("web")["state"] or small.container("web")["restartCount"] > 2


def test_deleting_an_experiment_recovers_its_targets_first() -> None:
    small = standing(replicas=3)
    small.after(20, chaos("PodChaos", "pod-failure", mode="all", duration=None))
    assert len(small.get("PodChaos", "trouble")["status"]["experiment"]["containerRecords"]) == 3
    assert small.get("PodChaos", "trouble")["metadata"]["finalizers"] == ["chaos-mesh/records"]
    small.delete("PodChaos", "trouble")
    assert small.store.get("PodChaos", "default", "trouble") is None
    small.world.advance(10)
    images = {pod["spec"]["containers"][0]["image"] for pod in small.pods("web")}
    assert images == {"nginx:1.25"}
    assert "Deleted: Experiment has been deleted" in small.events("trouble")


def test_a_paused_experiment_lets_go_and_goes_on_afterwards() -> None:
    small = standing()
    small.after(10, chaos("NetworkChaos", "loss", loss={"loss": "99", "correlation": "100"}, duration=None))

    def pause(value: str) -> None:
        old = small.get("NetworkChaos", "trouble")
        notes = {"experiment.chaos-mesh.org/pause": value}
        small.store.update("NetworkChaos", {**old, "metadata": {**old["metadata"], "annotations": notes}})
        small.world.advance(1)

    assert ask(small, "nc", "-z", "web", "80")[0] == 1
    pause("true")
    assert ask(small, "nc", "-z", "web", "80")[0] == 0
    assert small.conditions("NetworkChaos", "trouble")["Paused"] == "True"
    pause("false")
    assert ask(small, "nc", "-z", "web", "80")[0] == 1


def test_a_killed_container_restarts_once_and_the_experiment_is_never_taken_back() -> None:
    small = standing()
    small.after(20, chaos("PodChaos", "container-kill", containerNames=["main"]))
    assert small.container("web")["restartCount"] == 1
    assert small.container("web")["lastState"]["terminated"]["exitCode"] == 137
    small.world.advance(300)
    assert small.container("web")["restartCount"] == 1
    assert phases(small) == ("Run", {"Injected"})


def test_a_killed_pod_is_replaced() -> None:
    small = standing()
    before = small.pod("web")["metadata"]["uid"]
    small.after(20, chaos("PodChaos", "pod-kill"))
    assert small.pod("web")["metadata"]["uid"] != before
    assert small.container("web")["ready"]


def test_lost_packets_silence_a_pod_in_both_directions_for_as_long_as_it_lasts() -> None:
    small = standing().after(0, service("probe", 80))
    small.after(5, chaos("NetworkChaos", "loss", loss={"loss": "99", "correlation": "100"}))
    assert ask(small, "nc", "-z", "-w", "2", "web", "80") == (1, "nc: web (web:80): Connection timed out")
    said = small.world.exec(small.pod("web"), "main", ["curl", "http://probe/"])
    assert (said.exit_code, said.stderr) == (6, "curl: (6) Could not resolve host: probe\n")
    control = small.get("PodNetworkChaos", small.pod("web")["metadata"]["name"])["spec"]["trafficControls"][0]
    assert (control["source"], control["loss"]["loss"]) == ("default/trouble", "99")
    small.world.advance(100)
    assert ask(small, "nc", "-z", "web", "80") == (0, "")
    assert small.get("PodNetworkChaos", small.pod("web")["metadata"]["name"])["spec"] == {}


def test_late_packets_outlast_an_impatient_client_only() -> None:
    small = standing()
    small.after(5, chaos("NetworkChaos", "delay", delay={"latency": "10s", "correlation": "100", "jitter": "0ms"}))
    assert ask(small, "wget", "-q", "-T", "3", "http://web/") == (1, "wget: download timed out")
    assert ask(small, "wget", "-q", "http://web/") == (0, "")


def test_probes_feel_the_network_of_their_pod() -> None:
    probe = {"httpGet": {"port": 80, "path": "/"}, "periodSeconds": 5}
    small = standing(readinessProbe=probe)
    assert small.container("web")["ready"]
    small.after(30, chaos("NetworkChaos", "delay", delay={"latency": "10s"}, duration="60s"))
    assert not small.container("web")["ready"]
    small.world.advance(50)
    assert small.container("web")["ready"]


def test_an_experiment_without_targets_says_so() -> None:
    small = standing()
    small.after(1, chaos("PodChaos", "pod-failure", app="nobody"))
    assert "Failed: Failed to select targets: no target has been selected" in small.events("trouble")
    assert small.conditions("PodChaos", "trouble")["Selected"] == "False"
    small.delete("PodChaos", "trouble")
    assert small.store.get("PodChaos", "default", "trouble") is None


def test_a_namespace_with_an_experiment_in_it_can_be_deleted() -> None:
    small = standing()
    small.after(5, chaos("PodChaos", "pod-failure", duration=None))
    small.delete("Namespace", "default")
    small.world.advance(60)
    assert small.store.get("Namespace", None, "default") is None


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"action": "explode", "mode": "one", "selector": {}}, "spec.action"),
        ({"action": "pod-kill", "selector": {}}, "spec.mode"),
        ({"action": "pod-kill", "mode": "one"}, "spec.selector"),
        ({"action": "pod-kill", "mode": "one", "selector": {}, "duration": "soon"}, "spec.duration"),
    ],
)
def test_what_the_schema_of_an_experiment_refuses(spec: Object, field: str) -> None:
    assert [cause.field for cause in chaos_causes("PodChaos", spec)] == [field]


async def test_the_api_serves_experiments_as_custom_resources() -> None:
    quiet = Quiet()
    body = {**chaos("PodChaos", "pod-kill"), "apiVersion": "chaos-mesh.org/v1alpha1"}
    assert (await quiet("POST", PODCHAOS, body)).code == 201
    patch = {"metadata": {"annotations": {"experiment.chaos-mesh.org/pause": "true"}}}
    merged = await quiet("PATCH", f"{PODCHAOS}/trouble", patch, content_type="application/merge-patch+json")
    assert merged.body["metadata"]["annotations"] == patch["metadata"]["annotations"]
    refused = await quiet(
        "PATCH", f"{PODCHAOS}/trouble", patch, content_type="application/strategic-merge-patch+json"
    )
    assert refused.code == 415
    table = await quiet("GET", PODCHAOS, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert [column["name"] for column in table.body["columnDefinitions"]] == ["Name", "Action", "Duration"]
    assert table.body["rows"][0]["cells"] == ["trouble", "pod-kill", "100s"]
