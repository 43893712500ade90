"""What the probes say of a healthy application and of a broken one."""

import pytest

from domain.cluster import Severity
from domain.probes import GoldenSignals, LogQuery, Nodes, ProbeCall, ProbeResult, Promql, Traces
from tests.lab.traffic.worlds import change
from tests.tools.telemetry.conftest import Observed


def told(result: ProbeResult) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in result.findings:
        found.setdefault(finding.subject.name, []).append(finding.text)
    return found


def text_of(result: ProbeResult) -> str:
    assert result.status == "ok", result.note
    assert result.artifact is not None
    return result.artifact.text


async def test_golden_signals_of_a_healthy_application_say_nothing(healthy: Observed) -> None:
    result = await healthy.ask(GoldenSignals(namespace="shop"))
    assert result.findings == ()
    assert "no changes for the worse" in result.note
    assert [line.split()[0] for line in text_of(result).splitlines()[1:3]] == ["cart", "cart-store"]


async def test_golden_signals_name_all_who_suffer(world: Observed) -> None:
    change(world.traffic, "Deployment", "cart-store", lambda obj: obj["spec"].update(replicas=0))
    world.traffic.cluster.advance(300)
    result = await world.ask(GoldenSignals(namespace="shop"))
    found = told(result)
    assert {"cart", "checkout", "gateway", "frontend", "cart-store"} <= found.keys()
    assert "catalog" not in found
    assert "fail; in the hour before 0." in found["cart"][0]
    assert "requests a second; in the hour before" in found["cart-store"][0]
    critical = {f.subject.name for f in result.findings if f.severity is Severity.CRITICAL}
    assert {"cart", "checkout"} <= critical


async def test_traces_lead_to_the_call_that_fails(world: Observed) -> None:
    change(world.traffic, "Service", "orders", lambda obj: obj["spec"]["ports"][0].update(targetPort=9999))
    world.traffic.cluster.advance(120)
    result = await world.ask(Traces(namespace="shop", minutes=2))
    worst = result.findings[0]
    assert (worst.subject.kind, worst.subject.name) == ("Service", "checkout")
    assert worst.severity is Severity.CRITICAL
    assert "frontend /buy → gateway /api/checkout → checkout /place → orders:8080" in worst.text
    assert "refused" in worst.text
    assert "failed" in result.note


async def test_traces_show_where_time_is_lost(world: Observed) -> None:
    """A policy that drops packets: the caller waits for its timeout."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "no-one", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "inventory"}}, "policyTypes": ["Ingress"]},
    }
    world.traffic.cluster.apply([policy])
    world.traffic.cluster.advance(120)
    result = await world.ask(Traces(namespace="shop", service="checkout", minutes=1))
    slow = [finding for finding in result.findings if "lose their time" in finding.text]
    assert {finding.subject.name for finding in slow} == {"checkout"}
    assert "inventory:8080" in slow[0].text


async def test_traces_of_a_healthy_application_have_no_findings(healthy: Observed) -> None:
    result = await healthy.ask(Traces(namespace="shop", service="catalog", minutes=1))
    assert result.status == "ok"
    assert all("fail" in finding.text for finding in result.findings)
    assert len(result.findings) <= 2


async def test_a_log_query_finds_what_a_pod_said_that_is_gone(world: Observed) -> None:
    change(world.traffic, "Deployment", "cart-store", lambda obj: obj["spec"].update(replicas=0))
    world.traffic.cluster.advance(120)
    result = await world.ask(LogQuery(namespace="shop", text="session store", minutes=5))
    assert all(finding.subject.name.startswith("cart-") for finding in result.findings)
    assert "ERROR: session store" in text_of(result)
    gone = await world.ask(LogQuery(namespace="shop", pod="cart-store", minutes=1440))
    assert "cart-store-" in text_of(gone)


async def test_a_promql_query_tells_each_series(healthy: Observed) -> None:
    query = 'sum by (service) (rate(http_requests_total{code=~"2.."}[5m]))'
    result = await healthy.ask(Promql(namespace="shop", query=query, minutes=20))
    assert result.note == "10 series over the last 20 min."
    assert any('service="gateway"' in finding.text for finding in result.findings)
    assert 'namespace="shop"' in text_of(result).splitlines()[0]


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (Promql(namespace="shop", query="no_such_metric"), "no answer in namespace shop"),
        (Traces(namespace="shop", service="nobody"), "no traces through nobody"),
        (LogQuery(namespace="shop", text="no such words"), "no lines with “no such words”"),
    ],
    ids=lambda value: getattr(value, "probe", ""),
)
async def test_an_empty_answer_says_where_was_looked(healthy: Observed, call: ProbeCall, note: str) -> None:
    result = await healthy.ask(call)
    assert result.status == "empty"
    assert note in result.note


@pytest.mark.parametrize("query", ["rate(", "abs(http_requests_total)", "predict_linear(x[5m], 60)"])
async def test_a_query_that_the_server_refuses_is_a_failure_in_one_sentence(healthy: Observed, query: str) -> None:
    result = await healthy.ask(Promql(namespace="shop", query=query))
    assert result.status == "failed"
    assert "\n" not in result.note
    assert "refused" in result.note or "no PromQL" in result.note


@pytest.mark.parametrize(
    "call",
    [
        Promql(namespace="kube-system", query="x"),
        GoldenSignals(namespace="bank"),
        Traces(namespace="bank"),
        LogQuery(namespace="bank"),
    ],
    ids=lambda call: call.probe,
)
async def test_outside_the_scope_nothing_is_asked(healthy: Observed, call: ProbeCall) -> None:
    result = await healthy.ask(call)
    assert result.status == "failed"
    assert "outside" in result.note


async def test_probes_of_the_cluster_go_to_the_cluster(healthy: Observed) -> None:
    assert (await healthy.ask(Nodes())).note == "asked of the cluster"
