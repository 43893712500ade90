"""Get, list, watch and logs, as bytes on the wire."""

import asyncio
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.lab.cluster.quiet import Quiet, pod

PODS = "/api/v1/namespaces/default/pods"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@pytest.fixture
def quiet() -> Quiet:
    found = Quiet()
    for i in range(6):
        found.store.create("Pod", pod(f"p{i}", labels={"app": "web" if i % 2 else "db"}))
    return found


def names(body: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


async def test_a_list_has_kind_version_and_every_object(quiet: Quiet) -> None:
    reply = await quiet("GET", PODS)
    assert (reply.body["kind"], reply.body["apiVersion"]) == ("PodList", "v1")
    assert reply.body["metadata"] == {"resourceVersion": str(quiet.store.version)}
    assert names(reply.body) == [f"p{i}" for i in range(6)]


async def test_selectors_narrow_a_list(quiet: Quiet) -> None:
    assert names((await quiet("GET", PODS, query="labelSelector=app%3Dweb")).body) == ["p1", "p3", "p5"]
    query = "fieldSelector=" + quote("metadata.name!=p0,status.phase=Running") + "&labelSelector=app%3Ddb"
    assert names((await quiet("GET", PODS, query=query)).body) == ["p2", "p4"]


async def test_pages_show_the_state_of_the_first_one(quiet: Quiet) -> None:
    first = (await quiet("GET", PODS, query="limit=4")).body
    assert names(first) == ["p0", "p1", "p2", "p3"]
    assert first["metadata"]["remainingItemCount"] == 2
    quiet.store.create("Pod", pod("p9"))
    quiet.store.remove("Pod", "default", "p5")
    token = quote(first["metadata"]["continue"])
    rest = (await quiet("GET", PODS, query=f"limit=4&continue={token}")).body
    assert names(rest) == ["p4", "p5"]
    assert rest["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}


async def test_a_continue_token_that_is_not_ours_is_refused(quiet: Quiet) -> None:
    assert (await quiet("GET", PODS, query="continue=bm9uc2Vuc2U%3D")).code == 400


async def test_old_continue_tokens_expire(quiet: Quiet) -> None:
    token = quote((await quiet("GET", PODS, query="limit=1")).body["metadata"]["continue"])
    for _ in range(64):
        await quiet("GET", PODS, query="limit=1")
    reply = await quiet("GET", PODS, query=f"limit=1&continue={token}")
    assert (reply.code, reply.body["reason"]) == (410, "Expired")


async def test_a_table_is_given_to_who_asks_for_one(quiet: Quiet) -> None:
    body = (await quiet("GET", PODS, accept=TABLE)).body
    assert body["kind"] == "Table"
    assert [column["name"] for column in body["columnDefinitions"]][:5] == [
        *("Name", "Ready", "Status", "Restarts", "Age"),
    ]
    assert body["rows"][0]["cells"][:5] == ["p0", "1/1", "Running", "0", "0s"]
    assert body["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


async def test_absent_things_are_named(quiet: Quiet) -> None:
    reply = await quiet("GET", f"{PODS}/nope")
    assert (reply.code, reply.message) == (404, 'pods "nope" not found')
    assert reply.body["details"] == {"name": "nope", "kind": "pods"}
    reply = await quiet("GET", "/apis/apps/v1/namespaces/default/deployments/x")
    assert reply.message == 'deployments.apps "x" not found'
    reply = await quiet("GET", "/apis/apps/v1/namespaces/default/gadgets")
    assert (reply.code, reply.message) == (404, "the server could not find the requested resource")


async def watch(quiet: Quiet, query: str, path: str = PODS) -> list[tuple[str, str]]:
    messages = await quiet.stream("GET", path, query=f"watch=true&timeoutSeconds=0.1&{query}")
    lines = b"".join(message.get("body", b"") for message in messages).splitlines()
    events = [orjson.loads(line) for line in lines]
    return [
        (event["type"], event["object"].get("metadata", {}).get("name", event["object"].get("message")))
        for event in events
    ]


async def test_a_watch_without_version_begins_with_what_is_there(quiet: Quiet) -> None:
    assert await watch(quiet, "labelSelector=app%3Dweb") == [("ADDED", "p1"), ("ADDED", "p3"), ("ADDED", "p5")]


async def test_a_watch_tells_what_happened_since_a_version(quiet: Quiet) -> None:
    version = quiet.store.version
    quiet.store.update_status("Pod", ("default", "p1"), {"phase": "Failed"})
    quiet.store.remove("Pod", "default", "p2")
    quiet.store.create("ConfigMap", {"metadata": {"name": "other", "namespace": "default"}})
    assert await watch(quiet, f"resourceVersion={version}") == [("MODIFIED", "p1"), ("DELETED", "p2")]


async def test_objects_enter_and_leave_a_watched_selection(quiet: Quiet) -> None:
    version = quiet.store.version
    quiet.store.update_status("Pod", ("default", "p1"), {"phase": "Failed"})
    failed = quote("status.phase=Failed")
    assert await watch(quiet, f"resourceVersion={version}&fieldSelector={failed}") == [("ADDED", "p1")]
    running = quote("status.phase=Running")
    assert await watch(quiet, f"resourceVersion={version}&fieldSelector={running}") == [("DELETED", "p1")]


async def test_a_watch_hears_changes_while_it_runs(quiet: Quiet) -> None:
    async def change() -> None:
        await asyncio.sleep(0)
        quiet.store.remove("Pod", "default", "p3")

    version = quiet.store.version
    seen, _ = await asyncio.gather(watch(quiet, f"resourceVersion={version}"), change())
    assert seen == [("DELETED", "p3")]


async def test_a_watch_from_too_long_ago_ends_in_410(quiet: Quiet) -> None:
    quiet.store.oldest = quiet.store.version
    assert await watch(quiet, "resourceVersion=5") == [
        ("ERROR", f"too old resource version: 5 ({quiet.store.version})")
    ]


async def test_a_watch_of_one_object_is_silent_about_others(quiet: Quiet) -> None:
    version = quiet.store.version
    quiet.store.remove("Pod", "default", "p3")
    quiet.store.remove("Pod", "default", "p4")
    assert await watch(quiet, f"resourceVersion={version}", f"{PODS}/p4") == [("DELETED", "p4")]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("tailLines=2", ["main 8", "main 9"]),
        ("tailLines=0", []),
        ("sinceSeconds=2", ["main 8", "main 9"]),
        ("sinceTime=2026-01-05T09:00:07Z", ["main 7", "main 8", "main 9"]),
        ("sinceTime=2026-01-05T09:00:07Z&tailLines=1&timestamps=true", ["2026-01-05T09:00:09.000000000Z main 9"]),
        ("limitBytes=9", ["main 0", "ma"]),
    ],
)
async def test_logs_are_cut_as_asked(quiet: Quiet, query: str, lines: list[str]) -> None:
    quiet.clock.advance(10)
    reply = await quiet("GET", f"{PODS}/p1/log", query=query)
    assert reply.body.splitlines() == lines


async def test_the_log_of_a_pod_with_two_containers_needs_a_choice(quiet: Quiet) -> None:
    containers = [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]
    quiet.store.create("Pod", pod("two", containers=containers))
    reply = await quiet("GET", f"{PODS}/two/log")
    assert reply.message == "a container name must be specified for pod two, choose one of: [a b]"
    assert (
        await quiet("GET", f"{PODS}/two/log", query="container=c")
    ).message == "container c is not valid for pod two"
    assert (await quiet("GET", f"{PODS}/two/log", query="container=b")).body.startswith("b 0\n")


async def test_followed_logs_go_on_until_the_pod_is_gone(quiet: Quiet) -> None:
    async def live() -> None:
        await asyncio.sleep(0.05)
        quiet.clock.advance(2)
        await asyncio.sleep(0.3)
        quiet.store.remove("Pod", "default", "p1")

    reply, _ = await asyncio.gather(quiet("GET", f"{PODS}/p1/log", query="follow=true"), live())
    assert reply.body.splitlines() == ["main 0", "main 1", "main 2"]


async def test_metrics_add_up_per_node(quiet: Quiet) -> None:
    pods = (await quiet("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods")).body
    assert pods["items"][0]["containers"] == [
        {"name": "main", "usage": {"cpu": "250000000n", "memory": "65536Ki"}}
    ]
    node = (await quiet("GET", "/apis/metrics.k8s.io/v1beta1/nodes/node-1")).body
    assert node["usage"]["cpu"] == f"{(6 * 250 + 90) * 1_000_000}n"


async def test_events_show_in_both_apis(quiet: Quiet) -> None:
    event = {
        "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": "p1", "namespace": "default"},
        "reason": "BackOff",
        "message": "Back-off restarting failed container",
        "type": "Warning",
        "source": {"component": "kubelet"},
        "firstTimestamp": "2026-01-05T09:00:00Z",
        "lastTimestamp": "2026-01-05T09:00:00Z",
        "count": 3,
    }
    quiet.store.create("Event", event)
    query = "fieldSelector=" + quote("involvedObject.name=p1,reason=BackOff")
    assert names((await quiet("GET", "/api/v1/namespaces/default/events", query=query)).body) == ["e"]
    query = "fieldSelector=" + quote("regarding.name=p1")
    shown = (await quiet("GET", "/apis/events.k8s.io/v1/namespaces/default/events", query=query)).body["items"][0]
    assert (shown["note"], shown["deprecatedCount"], shown["regarding"]["name"]) == (event["message"], 3, "p1")
    assert shown["eventTime"] == "2026-01-05T09:00:00.000000Z"


async def test_discovery_names_every_resource_both_ways(quiet: Quiet) -> None:
    legacy = (await quiet("GET", "/apis/apps/v1")).body
    assert ("deployments/scale", "Scale") in [(row["name"], row["kind"]) for row in legacy["resources"]]
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    aggregated = (await quiet("GET", "/apis", accept=accept)).body
    apps = next(item for item in aggregated["items"] if item["metadata"]["name"] == "apps")
    assert "deployments" in [resource["resource"] for resource in apps["versions"][0]["resources"]]
    document = (await quiet("GET", "/openapi/v3/apis/apps/v1")).body
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert {"dryRun", "fieldValidation"} <= {parameter["name"] for parameter in patch["parameters"]}
