"""The page that a Prometheus scrapes."""

from urllib.request import Request, urlopen

from tests.lab.telemetry.conftest import Observed


def scrape(url: str, accept: str) -> tuple[str, list[str]]:
    with urlopen(Request(f"{url}/metrics", headers={"accept": accept}), timeout=10) as answer:
        return answer.headers["content-type"], answer.read().decode().splitlines()


def test_text_and_openmetrics_hold_the_same_samples(healthy: Observed) -> None:
    kind, text = scrape(healthy.url, "text/plain")
    open_kind, openmetrics = scrape(healthy.url, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert kind.startswith("text/plain; version=0.0.4")
    assert open_kind.startswith("application/openmetrics-text; version=1.0.0")
    assert openmetrics[-1] == "# EOF"
    assert [line for line in text if line[0] != "#"] == [line for line in openmetrics if line[0] != "#"]


def test_families_are_whole_and_typed(healthy: Observed) -> None:
    _, lines = scrape(healthy.url, "text/plain")
    types = dict(line.split()[2:4] for line in lines if line.startswith("# TYPE"))
    assert types["http_requests_total"] == "counter"
    assert types["http_request_duration_seconds"] == "histogram"
    assert types["container_memory_working_set_bytes"] == "gauge"
    assert len(types) == sum(line.startswith("# TYPE") for line in lines)
