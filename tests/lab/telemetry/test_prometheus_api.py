"""The API as Prometheus' own documentation describes it, on a healthy shop."""

import math

import pytest

from tests.lab.telemetry.api import ask, data, labels_of, vector
from tests.lab.telemetry.conftest import Observed

RATE = "sum by (service) (rate(http_requests_total[5m]))"


def test_rates_are_those_of_the_load(healthy: Observed) -> None:
    found = vector(healthy.url, RATE, "service")
    assert found["frontend"] == pytest.approx(10, rel=0.05)
    assert found["catalog"] == pytest.approx(6, rel=0.05)
    assert found["checkout"] == pytest.approx(1, rel=0.1)


def test_increase_is_the_rate_over_the_window(healthy: Observed) -> None:
    rate = vector(healthy.url, 'sum(rate(http_requests_total{service="gateway"}[10m]))', "")
    grown = vector(healthy.url, 'sum(increase(http_requests_total{service="gateway"}[10m]))', "")
    assert grown[""] == pytest.approx(600 * rate[""])


def test_irate_looks_at_the_last_two_samples(healthy: Observed) -> None:
    found = vector(healthy.url, 'sum(irate(http_requests_total{service="frontend"}[5m]))', "")
    assert 6 < found[""] < 14


def test_quantiles_grow_and_lie_near_the_configured_latency(healthy: Observed) -> None:
    def quantile(share: float) -> float:
        query = f"histogram_quantile({share}, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
        return vector(healthy.url, query, "")[""]

    assert 0.003 < quantile(0.5) < quantile(0.9) < quantile(0.99) < 0.5


def test_an_error_ratio_divides_one_vector_by_another(healthy: Observed) -> None:
    failed = 'sum by (service) (rate(http_requests_total{code=~"5.."}[10m]))'
    found = vector(healthy.url, f"{failed} / {RATE.replace('5m', '10m')}", "service")
    assert {"frontend", "gateway", "catalog"} <= found.keys()
    assert all(0 <= share < 0.02 for share in found.values())


def test_comparisons_filter_or_with_bool_say_so(healthy: Observed) -> None:
    assert set(vector(healthy.url, f"{RATE} > 5", "service")) == {"frontend", "gateway", "catalog", "postgres"}
    flags = vector(healthy.url, f"{RATE} > bool 5", "service")
    assert (flags["frontend"], flags["orders"]) == (1, 0)
    assert data(healthy.url, "/api/v1/query", query="2 * 3 > bool 5")["result"][1] == "1"


def test_topk_keeps_the_largest(healthy: Observed) -> None:
    assert set(vector(healthy.url, f"topk(2, {RATE})", "service")) == {"frontend", "gateway"}


def test_absent_answers_for_what_is_not_there(healthy: Observed) -> None:
    assert vector(healthy.url, 'absent(http_requests_total{service="nobody"})', "service") == {"nobody": 1}
    assert vector(healthy.url, 'absent(http_requests_total{service="cart"})', "service") == {}


def test_aggregations_group_by_and_without(healthy: Observed) -> None:
    pods = vector(
        healthy.url, "count by (service) (count without (le) (http_request_duration_seconds_bucket))", "service"
    )
    assert pods["frontend"] == 3
    assert vector(healthy.url, "max(kube_deployment_spec_replicas)", "")[""] == 3
    assert vector(healthy.url, "min(kube_deployment_spec_replicas)", "")[""] == 1
    average = vector(healthy.url, 'avg(kube_deployment_spec_replicas{deployment=~"cart|postgres"})', "")[""]
    assert average == 1.5


def test_offset_looks_back(healthy: Observed) -> None:
    """Twenty minutes ago there were no pods."""
    assert vector(healthy.url, "count(kube_pod_info offset 1h)", "") == {}
    assert vector(healthy.url, "count(kube_pod_info offset 5m)", "")[""] > 10


def test_containers_use_what_their_programs_need(healthy: Observed) -> None:
    cpu = vector(
        healthy.url,
        'sum by (container) (rate(container_cpu_usage_seconds_total{container="catalog"}[5m]))',
        "container",
    )
    assert cpu["catalog"] == pytest.approx(2 * 0.080, rel=0.1)
    memory = vector(healthy.url, 'container_memory_working_set_bytes{container="postgres"}', "container")
    assert memory["postgres"] == pytest.approx(420 * 2**20, rel=0.15)


def test_states_of_objects_have_the_names_of_kube_state_metrics(healthy: Observed) -> None:
    running = vector(healthy.url, 'sum(kube_pod_status_phase{namespace="shop",phase="Running"})', "")[""]
    assert running == vector(healthy.url, 'count(kube_pod_info{namespace="shop"})', "")[""]
    available = vector(healthy.url, "kube_deployment_status_replicas_available", "deployment")
    assert available["frontend"] == 3
    assert set(vector(healthy.url, "kube_pod_container_status_restarts_total > 0", "pod")) == set()


def test_a_range_has_a_value_for_each_step(healthy: Observed) -> None:
    times = {"start": healthy.now - 600, "end": healthy.now, "step": "1m"}
    found = data(healthy.url, "/api/v1/query_range", query=RATE, **times)
    rows = {row["metric"]["service"]: row["values"] for row in found["result"]}
    assert [at - healthy.now + 600 for at, _ in rows["cart"]] == [60 * n for n in range(11)]


def test_series_labels_and_values_are_listed(healthy: Observed) -> None:
    rows = data(
        healthy.url, "/api/v1/series", **{"match[]": ['http_requests_total{service="cart"}', "kube_node_info"]}
    )
    assert labels_of(rows, "__name__") == {"http_requests_total", "kube_node_info"}
    assert {"namespace", "service", "code", "le"} <= set(data(healthy.url, "/api/v1/labels"))
    assert "postgres" in data(healthy.url, "/api/v1/label/service/values")
    assert data(healthy.url, "/api/v1/label/code/values", **{"match[]": "http_requests_total"})[0] == "200"


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("rate(", "parse error"),
        ("nonsense(x)", "unknown function with name 'nonsense'"),
        ("predict_linear(x[5m], 3600)", "function 'predict_linear' is not supported"),
        ("stddev(x)", "aggregation 'stddev' is not supported"),
        ("x[5m:1m]", "subqueries are not supported"),
        ("x * on (a) group_left y", "group_left"),
        ("x @ 5", "@ modifier"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(healthy: Observed, query: str, part: str) -> None:
    status, body = ask(healthy.url, "/api/v1/query", query=query)
    assert status == 400
    assert (body["status"], body["errorType"]) == ("error", "bad_data")
    assert part in body["error"]


def test_wrong_parameters_are_refused_as_prometheus_does(healthy: Observed) -> None:
    assert ask(healthy.url, "/api/v1/query")[0] == 400
    assert ask(healthy.url, "/api/v1/query", query="x", time="yesterday")[0] == 400
    assert ask(healthy.url, "/api/v1/query_range", query="x", start=1, end=0, step=1)[0] == 400
    assert ask(healthy.url, "/api/v1/query_range", query="x", start=0, end=1e6, step=1)[0] == 400
    assert ask(healthy.url, "/api/v1/series")[0] == 400
    assert ask(healthy.url, "/api/v1/nowhere")[0] == 404
    status, body = ask(healthy.url, "/api/v1/query", query="kube_node_info / on (x) kube_node_info")
    assert (status, body["errorType"]) == (422, "execution")


def test_counters_never_run_backwards(healthy: Observed) -> None:
    found = data(
        healthy.url,
        "/api/v1/query",
        query='{__name__=~"http_request.*|container_cpu_usage_seconds_total"}[15m]',
    )
    assert len(found["result"]) > 100
    for row in found["result"]:
        values = [float(value) for _, value in row["values"]]
        assert values == sorted(values), row["metric"]
        assert not any(math.isnan(value) for value in values)
