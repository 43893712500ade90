from typing import Any

import pytest

from domain.cluster import Scope
from domain.errors import ClusterForbidden, ClusterNotFound, ClusterUnreachable
from domain.probes import SearchLogs, Snapshot
from tests.tools.read.canned import NOW, Canned, StoppedClock, minutes_ago
from tools.cluster.resources import RESOURCES
from tools.read import snapshot
from tools.read.service import Probes
from tools.read.tails import CALM_LINES, MAX_CALM, MAX_TROUBLED, TROUBLED_LINES, wanted

SHOP = Scope(namespaces=("shop",))


def pod(name: str, **status: Any) -> dict[str, Any]:
    state = {"name": "app", "ready": True, "restartCount": 0, "state": {"running": {"startedAt": minutes_ago(60)}}}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "app"}], "initContainers": [{"name": "init"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [{**state, **status}],
            "initContainerStatuses": [
                {"name": "init", "ready": True, "restartCount": 0, "state": {"terminated": {"exitCode": 0}}}
            ],
        },
    }


async def test_a_snapshot_holds_every_kind_the_logs_and_usage(shop: Canned) -> None:
    taken, artifact = await snapshot.take(shop.reader(), "shop", NOW)
    assert set(taken.objects) == set(snapshot.KINDS)
    assert [p["metadata"]["name"] for p in taken.of("Pod")] == ["cart-a", "db-0", "web-2-a"]
    assert set(taken.logs) == {("web-2-a", "app", False), ("web-2-a", "app", True), ("cart-a", "app", False)}
    assert taken.usage == {"cart-a/app": {"cpu": "3m", "memory": "98Mi"}}
    assert (taken.unreadable, taken.artifact, taken.taken_at) == ({}, artifact.id, NOW)
    assert "CrashLoopBackOff(x4)" in artifact.text
    assert "hunter2" not in artifact.text
    assert "hunter2" not in repr(taken)


async def test_kinds_that_may_not_be_read_are_named_and_the_rest_is_there(shop: Canned) -> None:
    shop.broken = {"nodes": ClusterForbidden("No nodes for you."), "log": ClusterForbidden("No logs.")}
    taken, _ = await snapshot.take(shop.reader(), "shop", NOW)
    assert taken.unreadable == {"Node": "No nodes for you.", "Pod/log": "No logs."}
    assert len(taken.of("Pod")) == 3
    assert taken.of("Node") == ()
    assert taken.logs == {}


async def test_without_a_metrics_server_usage_is_empty_and_said(shop: Canned) -> None:
    shop.objects = [o for o in shop.objects if o["kind"] != "PodMetrics"]
    taken, _ = await snapshot.take(shop.reader(), "shop", NOW)
    assert taken.usage == {}
    assert "PodMetrics" in taken.unreadable


async def test_experiments_are_read_where_there_are_any_and_missed_by_nobody_elsewhere(shop: Canned) -> None:
    chaos = {"kind": "PodChaos", "metadata": {"name": "drill", "namespace": "shop"}}
    shop.objects = [*shop.objects, chaos]
    shop.broken = {"networkchaos": ClusterNotFound("no such kind"), "iochaos": ClusterForbidden("not for you")}
    taken, _ = await snapshot.take(shop.reader(), "shop", NOW)
    assert [thing["metadata"]["name"] for thing in taken.of("PodChaos")] == ["drill"]
    assert taken.unreadable == {}


async def test_a_namespace_that_does_not_exist_is_no_healthy_one(shop: Canned) -> None:
    with pytest.raises(ClusterNotFound, match="no namespace nope"):
        await snapshot.take(shop.reader(), "nope", NOW)


async def test_a_cluster_that_does_not_answer_is_an_error(shop: Canned) -> None:
    shop.broken = {resource.plural: ClusterUnreachable("Nobody answers.") for resource in RESOURCES.values()}
    with pytest.raises(ClusterUnreachable):
        await snapshot.take(shop.reader(), "shop", NOW)


async def test_one_dropped_list_is_asked_again(shop: Canned) -> None:
    class Flaky(Canned):
        async def request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
            if path.endswith("/pods") and "metrics" not in path and path not in self.asked:
                self.asked.append(path)
                raise ClusterUnreachable("hiccup")
            return await super().request(method, path, **options)

    taken, _ = await snapshot.take(Flaky(shop.objects, shop.logs).reader(), "shop", NOW)
    assert len(taken.of("Pod")) == 3
    assert "Pod" not in taken.unreadable


def test_logs_of_troubled_containers_come_with_those_before_the_restart() -> None:
    ended = {"terminated": {"exitCode": 1}}
    crashing = pod(
        "a", ready=False, restartCount=3, state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=ended
    )
    pulling = pod("b", ready=False, state={"waiting": {"reason": "ImagePullBackOff"}})
    unready = pod("c", ready=False)
    calm = pod("d")
    assert wanted((crashing, pulling, unready, calm)) == {
        ("a", "app", False): TROUBLED_LINES,
        ("a", "app", True): TROUBLED_LINES,
        ("c", "app", False): TROUBLED_LINES,
        ("d", "app", False): CALM_LINES,
    }


def test_an_init_container_that_failed_is_read_and_one_that_is_done_is_not() -> None:
    failing = pod("a", ready=False, state={"waiting": {"reason": "PodInitializing"}})
    failing["status"]["initContainerStatuses"][0]["state"] = {"terminated": {"exitCode": 1}}
    assert set(wanted((failing,))) == {("a", "init", False)}


def test_the_number_of_logs_is_bounded() -> None:
    troubled = tuple(pod(f"t{i}", ready=False) for i in range(100))
    calm = tuple(pod(f"c{i}") for i in range(100))
    lines = list(wanted((*calm, *troubled)).values())
    assert lines.count(TROUBLED_LINES) == MAX_TROUBLED
    assert lines.count(CALM_LINES) == MAX_CALM


async def test_the_probe_tells_what_is_wrong_in_sentences_that_stay_the_same(shop: Canned) -> None:
    probes = Probes(shop.reader(), StoppedClock())
    first = await probes.run(SHOP, Snapshot(namespace="shop"))
    again = await probes.run(SHOP, Snapshot(namespace="shop"))
    texts = {f"{f.subject.name}: {f.text}" for f in first.findings}
    assert {
        "web: 0 of 2 wanted pods are ready.",
        "cart: No pod matches its selector.",
        "team: pods: 3 of 3 is used.",
        "data: The claim is Pending.",
        "web-2-a: The log of app says: FATAL cannot read config: no mode",
        "db-0: The pod has no node: pod has unbound immediate PersistentVolumeClaims",
    } <= texts
    assert not any("long ago" in text for text in texts)
    assert first.findings == again.findings


async def test_a_search_says_when_logs_could_not_be_read(shop: Canned) -> None:
    shop.broken = {"log": ClusterForbidden("No logs.")}
    result = await Probes(shop.reader(), StoppedClock()).run(SHOP, SearchLogs(namespace="shop", text="x"))
    assert "2 logs could not be read" in result.note
