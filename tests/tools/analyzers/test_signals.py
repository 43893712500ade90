"""What metrics and traces say while every pod is ready: who is at fault, who suffers, and when nobody is."""

from dataclasses import replace

import pytest

from domain.cluster import Severity
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ref, texts
from tests.tools.analyzers.signs import MEBI, calm, first, requests, seen, service, signals, steady, suspicions
from tools.signals import Course, Delay, Failure, Pod, Queue, Requests, Service, Signals
from tools.triage import triage

WEB, API, STORE = (ref("Deployment", name) for name in ("web", "api", "store"))


def own(name: str, *above: str, error: str = "", operation: str = "/charge", traces: int = 9) -> Failure:
    return Failure(name, operation, error, "", above, traces)


# ---- nothing wrong ----


@pytest.mark.parametrize(
    "told",
    [
        Signals(120.0),
        signals(),
        signals(service("api", failing=0.009)),
        signals(service("api", rate=0.02, failing=0.5)),
        signals(replace(service("api"), requests=requests(10, 0.05, usually=0.04))),
        signals(service("api", seconds=steady(0.02, 0.05))),
        signals(service("api", seconds=steady(2.0, 3.2))),
        signals(service("api", seconds=Course((0.9, 0.9), (0.1, 0.1, 0.8, 0.1, 0.1)))),
        signals(service("api", rate=0.3, now=1.2)),
        signals(service("api", now=20)),
        signals(pods=(Pod("api-0", steady(0.01, 0.1), steady(100 * MEBI)),)),
        signals(pods=(Pod("api-0", steady(0.1), steady(100 * MEBI, 125 * MEBI)),)),
        signals(pods=(Pod("api-0", steady(0.1), Course((180 * MEBI, 179 * MEBI), (100 * MEBI,))),)),
        signals(queues=(Queue("orders", "billing", steady(40, 80)),)),
        signals(queues=(Queue("orders", "billing", Course((5000, 3000), (0, 0))),)),
    ],
    ids=lambda told: None,
)
def test_noise_old_habits_and_small_numbers_say_nothing(told: Signals) -> None:
    assert suspicions(told) == []
    assert triage([seen(calm(), told)]).hypotheses == ()


def test_a_pod_that_has_just_started_may_burn_and_fill_up() -> None:
    told = signals(pods=(Pod("api-0", steady(0.01, 1.4), Course((90 * MEBI, 180 * MEBI), (60 * MEBI,))),))
    assert len(suspicions(told)) == 2
    young = calm()
    young.status("api-0")["state"]["running"]["startedAt"] = "2026-03-04T11:56:00Z"
    assert suspicions(told, young) == []


def test_what_a_server_does_not_tell_is_said_and_stops_nothing() -> None:
    found = triage([seen(calm(), Signals(120.0, missing=("Prometheus does not answer.",)))])
    (finding,) = found.findings
    assert (finding.severity, finding.text) == (Severity.INFO, "Prometheus does not answer.")
    assert found.hypotheses == ()


# ---- errors ----


def test_the_deepest_service_that_fails_is_blamed_and_its_callers_suffer() -> None:
    ill = (service("web", failing=0.1), service("api", failing=0.2), service("store", failing=0.3))
    hypothesis = first(signals(*ill, failures=(own("store", "api", "web", error="Invalid token."),)))
    assert (hypothesis.cause, hypothesis.subject) == (Cause.SERVICE_ERRORS, STORE)
    assert set(hypothesis.affected) >= {API, WEB}
    assert "“Invalid token.”" in hypothesis.statement
    assert "30% of its 10 requests a second fail, usually 0.1%" in hypothesis.statement
    assert 0.5 <= hypothesis.confidence <= 0.85
    assert first(signals(*ill)).subject == STORE


def test_one_route_that_fails_is_named() -> None:
    routes = {"/products/1": requests(0.2, 1.0), "/products": requests(9.8)}
    hypothesis = first(signals(service("api", rate=10, failing=0.02, routes=routes)))
    assert hypothesis.subject == API
    assert "100% of its requests to /products/1 fail" in hypothesis.statement


def test_a_quiet_route_speaks_over_all_late_windows() -> None:
    quiet = Requests(steady(0.05), Course((0.025, 0.05), (0.0,) * 5))
    assert first(signals(service("api", routes={"/user": quiet, "/": requests(10)}))).subject == API


def test_errors_that_callers_swallow_are_found_where_they_arise() -> None:
    hypothesis = first(signals(service("store", failing=0.5)))
    assert (hypothesis.subject, hypothesis.cause) == (STORE, Cause.SERVICE_ERRORS)


def test_who_dials_an_address_that_nobody_has_is_to_blame() -> None:
    lost = Failure("api", "pay", "lookup badAddress: no such host", "badAddress:50051", ("web",), 20)
    hypothesis = first(signals(service("web", failing=0.1), service("api", failing=1.0), failures=(lost,)))
    assert (hypothesis.cause, hypothesis.subject) == (Cause.SERVICE_ERRORS, API)
    assert "calls a host that does not exist" in hypothesis.statement
    assert WEB in hypothesis.affected


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("dial tcp 10.0.0.7:6379: i/o timeout", Cause.NETWORK_DEGRADED),
        ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", Cause.NETWORK_DEGRADED),
        ("dial tcp 10.0.0.7:6379: connect: connection refused", Cause.DEPENDENCY_DOWN),
    ],
)
def test_calls_that_are_never_answered_point_at_the_other_side(error: str, cause: Cause) -> None:
    lost = Failure("api", "get", error, "store:6379", ("web",), 9)
    hypothesis = first(signals(service("web", failing=0.4), service("api", failing=0.5), failures=(lost,)))
    assert (hypothesis.cause, hypothesis.subject) == (cause, STORE)
    assert {API, WEB} <= set(hypothesis.affected)


def test_kubernetes_explains_the_errors_above_what_it_says_is_broken() -> None:
    world = calm()
    world.crashing("store-0", 1, "Error", "panic: corrupt file")
    lost = Failure("api", "get", "connect: connection refused", "store:6379", ("web",), 9)
    hypothesis = first(signals(service("web", failing=0.4), service("api", failing=0.5), failures=(lost,)), world)
    assert (hypothesis.cause, hypothesis.subject) == (Cause.CRASH_LOOP, STORE)
    assert {API, WEB} <= set(hypothesis.affected)


def test_without_metrics_traces_alone_find_who_fails() -> None:
    told = Signals(120.0, failures=(own("store", "api", "web", error="disk is full"),))
    assert first(told).subject == STORE


def test_errors_of_traces_are_evidence_on_one_line_with_the_way_they_took() -> None:
    told = signals(service("api", failing=0.5), failures=(own("api", "web", error="boom"),))
    assert "9 traces fail first at web → api /charge: “boom”" in texts(suspicions(told))


def test_the_failures_that_any_program_has_now_and_then_are_background() -> None:
    lost = Failure("api", "get", "i/o timeout", "store:6379", ("web",), 12)
    rare = (own("api", "web", error="internal error", traces=1), own("web", traces=2))
    told = signals(service("api", failing=0.5), failures=(lost, *rare))
    assert first(told).subject == STORE
    usual = own("store", "api", "web", error="internal error", traces=6)
    assert (
        first(
            signals(
                service("api", failing=0.01, routes={"/user": requests(0.1, 1.0), "/": requests(9.9)}),
                failures=(replace(lost, traces=8), usual),
            )
        ).cause
        is Cause.NETWORK_DEGRADED
    )
    assert suspicions(Signals(120.0, failures=rare)) == []


def test_where_only_the_front_shows_it_traces_lead_to_the_origin() -> None:
    told = signals(service("web", failing=0.05), failures=(own("store", "api", "web", traces=5),))
    assert first(told).subject == STORE


# ---- latency and the way between ----


def slow(name: str, seconds: float = 2.5, now: float | None = None) -> Service:
    return service(name, now=now, seconds=steady(0.02, seconds), slowest=steady(0.05, 2 * seconds))


def test_the_service_that_loses_the_time_itself_is_blamed() -> None:
    ill = (slow("web"), slow("api"))
    delays = (Delay("api", "/ads", "", "", 2.5, ("web",), 20),)
    hypothesis = first(signals(*ill, delays=delays))
    assert (hypothesis.cause, hypothesis.subject) == (Cause.SERVICE_LATENCY, API)
    assert "its answers take 2.52 s, usually 0.02 s" in hypothesis.statement
    assert WEB in hypothesis.affected
    assert first(signals(*ill)).subject == API


def test_a_client_that_waits_while_the_server_is_quick_shows_a_slow_network() -> None:
    delays = (Delay("api", "call", "store", "", 10.0, ("web",), 9),)
    hypothesis = first(signals(slow("api"), delays=delays))
    assert (hypothesis.cause, hypothesis.subject) == (Cause.NETWORK_DEGRADED, STORE)
    assert {API, WEB} <= set(hypothesis.affected)


def test_two_kinds_of_requests_that_wait_for_the_same_service_show_a_slow_network() -> None:
    one = Delay("api", "/user", "", "store", 10.0, (), 9)
    ill = slow("api", 0.2)
    noise = Delay("api", "/hotels", "", "web", 0.1, (), 1)
    assert first(signals(ill, delays=(one, noise))).cause is Cause.SERVICE_LATENCY
    other = replace(one, operation="/reservation")
    assert first(signals(ill, delays=(one, other, noise))).subject == STORE
    elsewhere = replace(one, operation="/", ahead="")
    assert first(signals(ill, delays=(one, other, elsewhere))).subject == API


# ---- resources, traffic, queues ----


def test_cpu_without_more_requests_is_the_cause_and_latency_its_symptom() -> None:
    burning = Pod("api-0", steady(0.03, 1.4), steady(100 * MEBI))
    hypothesis = first(signals(slow("web"), slow("api"), pods=(burning,)))
    assert (hypothesis.cause, hypothesis.subject) == (Cause.CPU_SATURATION, API)
    assert "uses 1.41 cores, usually 0.03" in hypothesis.statement
    assert WEB in hypothesis.affected


def test_a_surge_is_told_at_who_works_hardest_for_it() -> None:
    many = (service("web", now=60), service("api", now=58), slow("store", 0.3, now=57))
    hard = (
        Pod("web-0", steady(0.1, 0.4), steady(100 * MEBI)),
        Pod("api-0", steady(0.1, 1.4), steady(100 * MEBI)),
    )
    hypothesis = first(signals(*many, pods=hard))
    assert (hypothesis.cause, hypothesis.subject) == (Cause.TRAFFIC_SURGE, API)
    assert "which come in through web" in hypothesis.statement
    assert {WEB, STORE} <= set(hypothesis.affected)


def broker() -> World:
    world = calm()
    world.deploy("kafka", image="example.com/bitnami/kafka:3.7", made=7200)
    world.deploy("billing", image="example.com/billing:1", made=7200)
    return world


def test_messages_that_pile_up_are_told_at_the_broker() -> None:
    lag = Queue("orders", "billing", Course((2000, 4500), (3, 0, 5, 2, 1)), ("exporter-0",))
    hypothesis = first(signals(queues=(lag,)), broker())
    assert (hypothesis.cause, hypothesis.subject) == (Cause.QUEUE_LAG, ref("Deployment", "kafka"))
    assert "4500 messages wait in queue orders for billing, usually 2" in hypothesis.statement
    assert hypothesis.affected == (ref("Deployment", "billing"),)
