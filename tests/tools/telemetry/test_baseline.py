"""Figures beside what they usually are, and requests by the slowest and the failing way."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from domain.cluster import Ref, Scope, Severity
from domain.evidence import Artifact, Finding
from domain.probes import ProbeCall, ProbeResult, Promql, Traces, Usage
from tests.tools.telemetry.conftest import asked
from tests.tools.telemetry.test_servers import serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POD = Ref(kind="Pod", name="web-1", namespace="shop")
Series = Mapping[str, Callable[[float], float]]
"""By pod or name, its value at so many seconds before now."""


def prometheus(series: Callable[[str], Series]) -> Callable[[web.Request], Any]:
    """Answers ranges: `series` says what a query has."""

    async def answer(request: web.Request) -> web.StreamResponse:
        start, end, step = (float(request.query[name]) for name in ("start", "end", "step"))
        times = [start + step * number for number in range(int((end - start) / step + 1.5))]
        rows = [
            {"metric": {"pod": name}, "values": [[at, str(value(NOW.timestamp() - at))] for at in times]}
            for name, value in series(request.query["query"]).items()
        ]
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": rows}})

    return answer


def usage(query: str) -> Series:
    """web-1 has burned CPU for some minutes; the others rest."""
    if "cpu" in query:
        return {"web-1": lambda ago: 1.4 if ago < 300 else 0.1, "web-2": lambda ago: 0.1}
    return {name: lambda ago: 64 * 2**20 for name in ("web-1", "web-2")}


async def measured(scope: Scope, call: ProbeCall) -> ProbeResult:
    """The cluster's own measurement."""
    artifact = Artifact.of("usage namespace=shop", "POD  CPU", NOW)
    near = Finding.of(Severity.WARNING, POD, "Container app uses 98Mi of its memory limit.", (artifact.id,))
    return ProbeResult(call=call, status="ok", note="2 containers.", findings=(near,), artifact=artifact)


async def test_usage_is_told_against_limits_and_against_the_hour_before() -> None:
    async with serving(prometheus(usage)) as servers:
        result = await asked(servers, Usage(namespace="shop"), NOW, measured)
    assert [finding.text for finding in result.findings] == [
        "Container app uses 98Mi of its memory limit.",
        "It uses 1.40 cores; in the hour before usually 0.10.",
    ]
    assert result.artifact is not None
    assert result.artifact.text.startswith("POD  CPU\n")
    assert "web-2" in result.artifact.text
    assert {finding.artifacts for finding in result.findings} == {(result.artifact.id,)}


async def test_usage_without_its_past_is_still_told() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    async with serving(broken) as servers:
        result = await asked(servers, Usage(namespace="shop"), NOW, measured)
    assert result.status == "ok"
    assert [finding.text for finding in result.findings] == ["Container app uses 98Mi of its memory limit."]
    assert "Prometheus answers with status 503" in result.note


async def test_series_that_moved_come_before_larger_ones_that_rest() -> None:
    def queues(query: str) -> Series:
        rest: Series = {f"calm-{number}": lambda ago: 900.0 for number in range(20)}
        return {
            **rest,
            "risen": lambda ago: 50.0 if ago < 200 else 5.0,
            "fallen": lambda ago: 1.0 if ago < 200 else 9.0,
        }

    async with serving(prometheus(queues)) as servers:
        result = await asked(servers, Promql(namespace="shop", query="queue_length", minutes=30), NOW)
    assert [finding.text.partition("}")[0] for finding in result.findings][:2] == ['{pod="risen"', '{pod="fallen"']
    assert "more findings of this probe were left out" in result.findings[-1].text


def span(number: str, service: str, seconds: float, error: str = "") -> dict[str, Any]:
    """A trace of one span."""
    tags = [{"key": "error", "value": True}, {"key": "message", "value": error}] if error else []
    row = {
        "spanID": number, "processID": "p", "operationName": "GET /", "startTime": int(NOW.timestamp() * 1e6),
        "duration": int(seconds * 1e6), "tags": tags,
    }  # fmt: skip
    return {"traceID": number, "spans": [row], "processes": {"p": {"serviceName": service}}}


async def told(*traces: dict[str, Any]) -> list[str]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"data": ["web"] if request.path.endswith("/services") else list(traces)})

    async with serving(answer) as servers:
        return [finding.text for finding in (await asked(servers, Traces(namespace="shop"), NOW)).findings]


async def test_the_slowest_way_comes_first_however_rare_it_is() -> None:
    often = [span(f"a{number}", "cart", 1.2) for number in range(9)]
    assert await told(*often, span("b", "pay", 30.0)) == [
        "Requests lose their time here (1 traces, up to 30.00 s): pay GET /",
        "Requests lose their time here (9 traces, up to 1.20 s): cart GET /",
    ]


async def test_failing_ways_are_told_by_how_often_and_status_codes_stay_apart() -> None:
    errors = ["answered 503"] * 3 + ["answered 404"]
    failing = [span(str(number), "cart", 0.1, error) for number, error in enumerate(errors)]
    assert await told(*failing) == [
        "Requests fail here (3 traces, up to 0.10 s): cart GET /: answered 503",
        "Requests fail here (1 traces, up to 0.10 s): cart GET /: answered 404",
    ]
