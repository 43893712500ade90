"""Log lines by labels and text."""

from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.lab.telemetry.api import data
from tests.lab.telemetry.conftest import Observed
from tests.lab.traffic.worlds import change


def lines(url: str, query: str, **more: Any) -> list[tuple[int, str, str]]:
    """Time in nanoseconds, container and text."""
    found = data(url, "/loki/api/v1/query_range", query=query, **more)
    assert found["resultType"] == "streams"
    return [
        (int(at), stream["stream"]["container"], text)
        for stream in found["result"]
        for at, text in stream["values"]
    ]


def test_a_selector_chooses_streams(healthy: Observed) -> None:
    found = lines(healthy.url, '{namespace="shop", container=~"cart|catalog"}', limit=500)
    assert {container for _, container, _ in found} == {"cart", "catalog"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ('|= "GET /cart"', {"GET"}),
        ('!= "GET"', {"POST", "cart"}),
        ('|~ "^(GET|POST)"', {"GET", "POST"}),
        ('!~ "^(GET|POST)"', {"cart"}),
        ("|= `cart` != `items` |= `GET`", {"GET"}),
    ],
)
def test_filters_choose_lines(healthy: Observed, filters: str, expected: set[str]) -> None:
    found = lines(healthy.url, '{container="cart"} ' + filters, limit=1000)
    assert {text.split()[0] for _, _, text in found} == expected


def test_the_newest_lines_come_first_unless_asked_otherwise(healthy: Observed) -> None:
    newest = [at for at, _, _ in lines(healthy.url, '{app="gateway"}', limit=10)]
    oldest = [at for at, _, _ in lines(healthy.url, '{app="gateway"}', limit=10, direction="forward")]
    assert len(newest) == len(oldest) == 10
    assert max(oldest) < min(newest)


def test_times_bound_the_answer(healthy: Observed) -> None:
    start, end = int((healthy.now - 120) * 1e9), int((healthy.now - 60) * 1e9)
    found = lines(healthy.url, '{namespace="shop"}', start=start, end=end, limit=1000)
    assert found
    assert all(start <= at < end for at, _, _ in found)


def test_lines_of_a_pod_that_is_gone_stay(world: Observed) -> None:
    change(world.traffic, "Deployment", "payment", lambda obj: obj["spec"].update(replicas=0))
    world.traffic.cluster.advance(120)
    assert not [
        pod for pod in world.traffic.cluster.store.list("Pod", "shop") if "payment" in pod["metadata"]["name"]
    ]
    assert lines(world.url, '{app="payment"} |= "listening"')


def test_errors_of_a_caller_can_be_found_by_text(world: Observed) -> None:
    change(world.traffic, "Deployment", "payment", lambda obj: obj["spec"].update(replicas=0))
    world.traffic.cluster.advance(120)
    found = lines(world.url, '{namespace="shop"} |= "place order: payment"')
    assert {container for _, container, _ in found} == {"checkout"}


def test_labels_and_their_values_are_listed(healthy: Observed) -> None:
    assert data(healthy.url, "/loki/api/v1/labels") == ["app", "container", "namespace", "node_name", "pod"]
    assert "checkout" in data(healthy.url, "/loki/api/v1/label/app/values")
    series = data(healthy.url, "/loki/api/v1/series", **{"match[]": '{app="cart"}'})
    assert len(series) == 2


@pytest.mark.parametrize(
    "query", ["", "cart", "{", '{app="cart"} | json', 'rate({app="cart"}[5m])', '{app="cart"} |~ "("']
)
def test_what_is_not_supported_is_refused(healthy: Observed, query: str) -> None:
    url = f"{healthy.url}/loki/api/v1/query_range?{urlencode({'query': query})}"
    with pytest.raises(HTTPError) as refused:
        urlopen(url, timeout=10)
    assert refused.value.code == 400
    assert b"parse error" in refused.value.read()
    refused.value.close()
