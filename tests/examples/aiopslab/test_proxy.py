"""Requests of AOI as kubectl calls, and what kubectl says as answers of the API."""

import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from examples.aiopslab.calls import BODY, LOST, Call, Result, results_of, script_of
from examples.aiopslab.proxy import call_of, serving

POD = "/api/v1/namespaces/shop/pods/web-1"
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"


@pytest.mark.parametrize(
    ("method", "path", "query", "wanted"),
    [
        ("GET", POD + "/log?tailLines=5", {"tailLines": "5"}, Call(("get", "--raw", POD + "/log?tailLines=5"))),
        ("DELETE", POD, {}, Call(("delete", "--raw", POD, "-f", BODY), "{}", changes=True)),
        ("POST", "/x?dryRun=All", {"dryRun": "All"}, Call(("create", "--raw", "/x?dryRun=All", "-f", BODY), "{}")),
    ],
)
def test_reads_creates_and_deletes_go_raw(method: str, path: str, query: dict[str, str], wanted: Call) -> None:
    assert call_of(method, path, query, "{}") in (wanted, Call(wanted.arguments, "{}", wanted.changes))


def test_a_patch_keeps_its_dry_run_and_its_manager() -> None:
    call = call_of("PATCH", f"{DEPLOYMENT}?x", {"fieldManager": "aoi", "dryRun": "All"}, "[]")
    assert call.arguments[:4] == ("patch", "deployments.v1.apps", "web", "--type=json")
    assert {"--field-manager=aoi", "--dry-run=server", "-n", "shop"} <= set(call.arguments)
    assert (call.body, call.changes) == ("[]", False)
    assert call_of("PATCH", DEPLOYMENT, {}, "[]").changes
    node = call_of("PATCH", "/api/v1/nodes/node-1", {}, "[]")
    assert node.arguments[:3] == ("patch", "nodes", "node-1")
    assert "-n" not in node.arguments


def test_what_aoi_never_asks_is_refused() -> None:
    with pytest.raises(web.HTTPMethodNotAllowed):
        call_of("PUT", DEPLOYMENT, {}, "{}")


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        ('Error from server (NotFound): pods "web-1" not found', 404, "NotFound"),
        ("Error from server (Conflict): the object has been modified", 409, "Conflict"),
        ('The Deployment "web" is invalid: spec.replicas: Invalid value', 422, "Invalid"),
        ("The request is invalid: the server rejected our request", 422, "Invalid"),
        (LOST.error, 503, "ServiceUnavailable"),
    ],
)
async def test_the_answers_are_those_of_an_api_server(error: str, code: int, reason: str, tmp_path: Path) -> None:
    async def run(call: Call) -> Result:
        return Result(1, b"", error)

    async with serving(run, tmp_path) as kubeconfig, aiohttp.ClientSession() as session:
        server = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        async with session.get(server + POD) as answer:
            assert answer.status == code
            assert (await answer.json())["reason"] == reason


@pytest.mark.parametrize(
    "seen", ["", "aoi-begin\nnot an archive\naoi-end", "aoi-begin\nAAAA\naoi-end", "Error: cut"]
)
def test_an_observation_without_results_is_no_result(seen: str) -> None:
    assert results_of(seen, 2) == [LOST, LOST]


def test_a_script_runs_only_so_many_calls_at_once() -> None:
    lines = script_of([Call(("get", "--raw", f"/{n}")) for n in range(20)]).splitlines()
    runs = "".join(
        "r" if line.startswith("r ") else "w" for line in lines if line.startswith("r ") or line == "wait"
    )
    assert runs == "rrrrrrrrwrrrrrrrrwrrrrw"
