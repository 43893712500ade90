"""Servers that are missing, gone or strange, and secrets in what they say."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from domain.probes import GoldenSignals, LogQuery, ProbeCall, Promql, Traces
from tests.tools.telemetry.conftest import REDACTOR, asked
from tools.telemetry.servers import Servers

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALLS: tuple[ProbeCall, ...] = (
    Promql(namespace="shop", query="x"),
    GoldenSignals(namespace="shop"),
    Traces(namespace="shop"),
    LogQuery(namespace="shop"),
)
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.probe)


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[Servers]:
    """A server that answers every path by `handler`, as all three."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}/"
    try:
        yield Servers.at(url, url, url, REDACTOR, 5)
    finally:
        await runner.cleanup()


@each_call
async def test_without_a_server_the_answer_is_empty_and_names_the_setting(call: ProbeCall) -> None:
    result = await asked(Servers(), call, NOW)
    assert (result.status, result.artifact) == ("empty", None)
    assert "AOI_" in result.note


@each_call
async def test_a_server_that_is_gone_is_a_failure(call: ProbeCall) -> None:
    url = "http://127.0.0.1:9"
    result = await asked(Servers.at(url, url, url, REDACTOR, 5), call, NOW)
    assert result.status == "failed"
    assert "does not answer" in result.note


@each_call
@pytest.mark.parametrize(
    ("body", "status"),
    [("<html>", 200), ("[1]", 200), ('{"data": 7}', 200), ('{"error":"no"}', 403), ("oops", 502), ("", 404)],
)
async def test_a_strange_server_is_a_failure_and_no_exception(call: ProbeCall, body: str, status: int) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status)

    async with serving(answer) as servers:
        result = await asked(servers, call, NOW)
    assert result.status == "failed"
    [finding] = result.findings
    assert finding.text.startswith(f"The probe {call.probe} failed: ")


async def test_secrets_in_lines_are_removed() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        line = "ERROR login failed password=hunter2secret for postgres://app:s3cr3tpw@db/orders"
        stream = {"stream": {"pod": "web-1", "container": "web"}, "values": [["1763812000000000000", line]]}
        return web.json_response({"status": "success", "data": {"resultType": "streams", "result": [stream]}})

    async with serving(answer) as servers:
        result = await asked(servers, LogQuery(namespace="shop"), NOW)
    assert result.artifact is not None
    everything = result.model_dump_json()
    assert "ERROR login failed" in everything
    assert "hunter2secret" not in everything
    assert "s3cr3tpw" not in everything


async def test_the_log_query_is_quoted_whatever_is_searched_for() -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.query["query"])
        return web.json_response({"status": "success", "data": {"resultType": "streams", "result": []}})

    async with serving(answer) as servers:
        await asked(servers, LogQuery(namespace="shop", text='x"} or {namespace="bank', pod="web-1"), NOW)
    assert seen == ['{namespace="shop", pod=~"web\\\\-1.*"} |= "x\\"} or {namespace=\\"bank"']


async def test_traces_of_other_namespaces_are_left_out() -> None:
    def trace(number: int, namespace: str) -> dict[str, object]:
        span = {
            "traceID": str(number),
            "spanID": "a",
            "operationName": "GET /",
            "references": [],
            "startTime": 1,
            "duration": 5,
            "tags": [{"key": "error", "type": "bool", "value": True}],
            "processID": "p1",
        }
        tags = [{"key": "k8s.namespace.name", "type": "string", "value": namespace}]
        return {"traceID": str(number), "spans": [span], "processes": {"p1": {"serviceName": "web", "tags": tags}}}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"data": [trace(1, "shop"), trace(2, "bank")]})

    async with serving(answer) as servers:
        result = await asked(servers, Traces(namespace="shop", service="web"), NOW)
    assert result.note == "Looked at 1 request through web: 1 failed, 0 slow."


@pytest.mark.parametrize("metric", ["istio_requests_total", "http_server_request_duration_seconds_count"])
async def test_golden_signals_speak_other_conventions(metric: str) -> None:
    label = "destination_service_name" if metric.startswith("istio") else "service_name"

    async def answer(request: web.Request) -> web.StreamResponse:
        query = request.query["query"]
        failed = "5.." in query and "offset" not in query
        rows = [{"metric": {label: "web"}, "value": [0, "4" if failed else "0" if "5.." in query else "8"]}]
        result = rows if metric in query else []
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})

    async with serving(answer) as servers:
        result = await asked(servers, GoldenSignals(namespace="shop"), NOW)
    assert [finding.subject.name for finding in result.findings] == ["web"]
    assert "50.0 % of its 8.00 requests a second fail" in result.findings[0].text
