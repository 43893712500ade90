"""Traces: what a request did, and where it broke."""

from typing import Any

import pytest

from tests.lab.telemetry.api import ask
from tests.lab.telemetry.conftest import Observed
from tests.lab.traffic.worlds import change


def traces(url: str, service: str, **query: Any) -> list[dict[str, Any]]:
    status, body = ask(url, "/api/traces", service=service, **query)
    assert status == 200, body
    found: list[dict[str, Any]] = body["data"]
    return found


def services_in(trace: dict[str, Any]) -> set[str]:
    return {process["serviceName"] for process in trace["processes"].values()}


def tags(span: dict[str, Any]) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def test_services_and_operations_are_listed(healthy: Observed) -> None:
    _, body = ask(healthy.url, "/api/services")
    assert {"frontend", "gateway", "checkout", "postgres"} <= set(body["data"])
    _, body = ask(healthy.url, "/api/services/gateway/operations")
    assert body["data"] == ["/api/cart", "/api/catalog", "/api/checkout"]


def test_a_trace_follows_a_purchase_down_to_the_store(healthy: Observed) -> None:
    found = traces(healthy.url, "checkout", limit=5)
    assert len(found) == 5
    whole = {"frontend", "gateway", "checkout", "cart", "payment", "orders", "inventory", "postgres", "cart-store"}
    assert any(services_in(trace) == whole for trace in found)


def test_spans_lie_within_their_parents(healthy: Observed) -> None:
    for trace in traces(healthy.url, "frontend", limit=20):
        spans = {span["spanID"]: span for span in trace["spans"]}
        assert len(spans) == len(trace["spans"])
        for span in trace["spans"]:
            for reference in span["references"]:
                parent = spans[reference["spanID"]]
                assert parent["startTime"] <= span["startTime"]
                end = parent["startTime"] + parent["duration"]
                assert span["startTime"] + span["duration"] <= end + 2


def test_a_trace_is_found_again_by_its_id(healthy: Observed) -> None:
    (trace,) = traces(healthy.url, "cart", limit=1)
    status, body = ask(healthy.url, f"/api/traces/{trace['traceID']}")
    assert (status, body["data"]) == (200, [trace])
    assert ask(healthy.url, "/api/traces/" + "0" * 32)[0] == 404
    assert ask(healthy.url, "/api/traces/nothing")[0] == 404


def test_a_search_keeps_to_time_duration_and_operation(healthy: Observed) -> None:
    window = {"start": int((healthy.now - 60) * 1e6), "end": int((healthy.now - 30) * 1e6)}
    found = traces(healthy.url, "frontend", limit=1000, **window)
    starts = [min(span["startTime"] for span in trace["spans"]) for trace in found]
    assert all(window["start"] <= start <= window["end"] for start in starts)
    assert len(found) == pytest.approx(300, rel=0.1)
    slow = traces(healthy.url, "frontend", minDuration="100ms", limit=10)
    assert all(trace["spans"][0]["duration"] >= 100_000 for trace in slow)
    buys = traces(healthy.url, "frontend", operation="/buy", limit=10)
    assert {trace["spans"][0]["operationName"] for trace in buys} == {"/buy"}


def test_a_refused_connection_is_a_failed_client_span_of_the_caller(world: Observed) -> None:
    change(world.traffic, "Service", "orders", lambda obj: obj["spec"]["ports"][0].update(targetPort=9999))
    world.traffic.cluster.advance(60)
    start = int((world.now - 50) * 1e6)
    found = traces(world.url, "checkout", start=start, tags='{"error":"true"}', limit=5)
    assert len(found) == 5
    for trace in found:
        clients = [
            span for span in trace["spans"] if tags(span)["span.kind"] == "client" and tags(span).get("error")
        ]
        assert [tags(span)["peer.address"] for span in clients] == ["orders:8080"]
        assert "refused" in tags(clients[0])["otel.status_description"]
        assert tags(trace["spans"][0])["http.status_code"] == 502


def test_dependencies_are_counted_over_a_time(healthy: Observed) -> None:
    _, body = ask(healthy.url, "/api/dependencies", endTs=int(healthy.now * 1000), lookback=600_000)
    counts = {(row["parent"], row["child"]): row["callCount"] for row in body["data"]}
    assert counts["frontend", "gateway"] == pytest.approx(6000, rel=0.02)
    assert counts["checkout", "payment"] == pytest.approx(600, rel=0.02)
    assert ("frontend", "postgres") not in counts


def test_wrong_questions_are_refused(healthy: Observed) -> None:
    status, body = ask(healthy.url, "/api/traces")
    assert (status, body["errors"][0]["msg"]) == (400, "parameter 'service' is required")
    assert ask(healthy.url, "/api/traces", service="cart", minDuration="long")[0] == 400
    assert ask(healthy.url, "/api/traces", service="cart", tags="{")[0] == 400


def test_a_search_for_a_service_finds_every_trace_that_it_is_part_of(healthy: Observed) -> None:
    window = {"start": int((healthy.now - 60) * 1e6), "end": int(healthy.now * 1e6), "limit": 1000}
    everything = traces(healthy.url, "frontend", **window)
    for service in ("checkout", "inventory", "cart-store"):
        expected = [trace["traceID"] for trace in everything if service in services_in(trace)]
        assert expected
        assert [trace["traceID"] for trace in traces(healthy.url, service, **window)] == expected
