"""Annotations script the containers of any manifest; what nobody can follow is refused with the way out."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.cluster.errors import ApiError
from lab.cluster.server import Cluster


@pytest.fixture(autouse=True)
def clusters() -> Iterator[None]:
    yield
    while STARTED:
        STARTED.pop().stop()


STARTED: list[Cluster] = []


def cluster_with(notes: dict[str, str], **container: Any) -> Cluster:
    cluster = Cluster(seed=1)
    STARTED.append(cluster)
    script = {f"lab.aoi.dev/{word}": value for word, value in notes.items()}
    meta = {"name": "web", "namespace": "default", "annotations": script}
    spec = {"containers": [{"name": "web", "image": "acme.example/web:1", **container}]}
    cluster.apply([{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}])
    cluster.advance(60)
    return cluster


def status(cluster: Cluster) -> Any:
    return cluster.store.require("Pod", "default", "web")["status"]["containerStatuses"][0]


def log(cluster: Cluster, previous: bool = False) -> str:
    pod = cluster.store.require("Pod", "default", "web")
    return "\n".join(line.text for line in cluster.world.logs(pod, "web", previous=previous))


def test_an_unknown_image_runs_without_any_annotation() -> None:
    cluster = cluster_with({})
    assert status(cluster)["ready"]


def test_a_container_ends_with_the_code_and_the_last_words_it_was_told() -> None:
    cluster = cluster_with({"exit-code": "3", "exit-after": "2", "last-words": "panic: no {config}"})
    assert status(cluster)["restartCount"] >= 2
    assert status(cluster)["lastState"]["terminated"]["exitCode"] == 3
    assert "panic: no {config}" in log(cluster, previous=True)


def test_a_script_of_the_shell_gives_way_to_the_annotations() -> None:
    cluster = cluster_with({"exit-code": "7"}, command=["sh", "-c", "sleep 3600"])
    assert status(cluster)["lastState"]["terminated"]["exitCode"] == 7


def test_memory_over_the_limit_is_killed_by_the_kernel() -> None:
    limits = {"limits": {"memory": "100Mi"}}
    cluster = cluster_with({"memory": "90Mi", "memory-growth": "600Mi"}, resources=limits)
    assert status(cluster)["lastState"]["terminated"]["reason"] == "OOMKilled"


def test_answers_and_the_time_to_get_ready_decide_a_probe() -> None:
    probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 5}
    shared: dict[str, Any] = {"ports": [{"containerPort": 8080}], "readinessProbe": probe}
    assert not status(cluster_with({"answers": "/ready=503"}, **shared))["ready"]
    assert not status(cluster_with({"ready-after": "120"}, **shared))["ready"]
    assert status(cluster_with({"ready-after": "20", "answers": "/ready=200"}, **shared))["ready"]


def test_a_tag_declared_absent_fails_to_pull() -> None:
    cluster = cluster_with({"pull": "missing"})
    assert status(cluster)["state"]["waiting"]["reason"] in ("ErrImagePull", "ImagePullBackOff")


def test_a_word_may_speak_for_one_container_alone() -> None:
    cluster = cluster_with({"exit-code.other": "1", "log.web": "tick", "log-every.web": "5"})
    assert status(cluster)["ready"]
    assert "tick" in log(cluster)


@pytest.mark.parametrize(
    ("notes", "says"),
    [
        ({"exit-code": "many"}, "write a number from 0 to 255"),
        ({"exit-code": "256"}, "write a number from 0 to 255"),
        ({"memory": "lots"}, "write a quantity such as 300Mi"),
        ({"answers": "200"}, "write `/path=status` pairs"),
        ({"pull": "maybe"}, "write ok, missing or denied"),
        ({"exitcode": "1"}, "is no script of a container; known are answers"),
        ({"exit-after": "-1", "exit-code": "1"}, "contradict each other"),
    ],
)
def test_what_nobody_can_follow_is_refused(notes: dict[str, str], says: str) -> None:
    with pytest.raises(ApiError) as caught:
        cluster_with(notes)
    assert says in caught.value.message
