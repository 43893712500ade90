"""The signals over the lab's servers, as over real ones, of faults that leave every pod ready."""

import json
from collections.abc import Iterator

import pytest
from aiohttp import web

from lab.operations import Apply, Patch, Restart
from lab.telemetry.serving import TelemetryServer
from tests.lab.apps.standing import Standing
from tests.lab.traffic.worlds import change
from tests.tools.telemetry.conftest import REDACTOR, Observed
from tests.tools.telemetry.test_servers import serving
from tools.analyzers.logs import Trouble, trouble_of
from tools.deviations import extra_seconds, failing_share, risen, surge
from tools.signals import Signals
from tools.telemetry.conventions import CONVENTIONS
from tools.telemetry.servers import Servers
from tools.telemetry.signals import take
from tools.telemetry.signals_text import told
from tools.telemetry.windows import SHORTEST, Windows

NOW = 1_000_000_000.0


async def signals_of(url: str, now: float, namespace: str, jaeger: bool = True) -> Signals:
    servers = Servers.at(url, url if jaeger else None, None, REDACTOR, 10)
    try:
        found = await take(servers, namespace, Windows(now))
    finally:
        await servers.close()
    assert found is not None
    return found


def unwell(signals: Signals) -> set[str]:
    """Services and pods that are worse than usual in any way."""
    judged = (
        name
        for name, each in signals.services.items()
        if failing_share(each, signals.window) or extra_seconds(each, signals.window) or surge(each)
    )
    used = (name for name, pod in signals.pods.items() if risen(pod.cpu, 3, 0.1) or risen(pod.memory, 1.3, 2**25))
    return {*judged, *used}


async def test_a_healthy_namespace_has_every_signal_and_nothing_unwell(healthy: Observed) -> None:
    signals = await signals_of(healthy.url, healthy.traffic.now(), "shop")
    assert signals.missing == ()
    assert {"checkout", "cart", "gateway"} <= signals.services.keys()
    checkout = signals.services["checkout"]
    assert checkout.requests.rate.now == pytest.approx(checkout.requests.rate.usual or 0, rel=0.2)
    assert 0 < checkout.seconds.now < checkout.slowest.now
    assert checkout.routes
    assert "payment" in signals.calls["checkout"]
    assert all(len(pod.memory.before) == 5 for pod in signals.pods.values())
    assert unwell(signals) == set()
    assert (signals.failures, signals.delays) == ((), ())
    assert "checkout" in told(signals)


async def test_a_namespace_without_metrics_is_said(healthy: Observed) -> None:
    signals = await signals_of(healthy.url, healthy.traffic.now(), "elsewhere")
    assert len(signals.missing) == 2
    assert "no request metrics" in signals.missing[0]


async def test_failing_calls_are_traced_to_where_they_are_lost(world: Observed) -> None:
    change(world.traffic, "Service", "payment", lambda obj: obj["spec"]["ports"][0].update(targetPort=9999))
    world.traffic.cluster.advance(180)
    signals = await signals_of(world.url, world.traffic.now(), "shop")
    assert unwell(signals) == {"checkout", "gateway", "frontend"}
    failure = signals.failures[0]
    assert (failure.service, failure.peer) == ("checkout", "payment:8080")
    assert trouble_of(failure.error) is Trouble.TIMED_OUT
    assert failure.traces >= 3
    alone = await signals_of(world.url, world.traffic.now(), "shop", jaeger=False)
    assert "checkout" in unwell(alone)
    assert not alone.failures


async def test_without_servers_there_are_no_signals() -> None:
    assert await take(Servers(), "shop", Windows(NOW)) is None


async def test_servers_that_are_gone_or_strange_are_said_and_nothing_is_raised() -> None:
    url = "http://127.0.0.1:9"
    gone = await signals_of(url, NOW, "shop")
    assert len(gone.missing) == 2
    assert all("does not answer" in said for said in gone.missing)

    async def odd(request: web.Request) -> web.Response:
        return web.json_response({"data": 7})

    async with serving(odd) as servers:
        strange = await take(servers, "shop", Windows(NOW))
        await servers.close()
    assert strange is not None
    assert all("odd shape" in said for said in strange.missing)


async def test_a_metric_convention_without_scrapes_in_the_lab_is_read_the_same_way() -> None:
    """A collector's span metrics, milliseconds and status words included."""
    asked: list[str] = []

    async def prometheus(request: web.Request) -> web.Response:
        query, end = request.query["query"], float(request.query["end"])
        asked.append(query)
        labels = {"service_name": "pay", "span_name": "/charge"}
        if "traces_span_metrics" not in query:
            rows = []
        elif "duration" in query:
            rows = [{"metric": {"service_name": "pay"}, "values": [[end, "2500"]]}]
        else:
            value = "4" if "STATUS_CODE_ERROR" in query else "8"
            rows = [{"metric": labels, "values": [[end, value]]}]
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": rows}})

    async with serving(prometheus) as servers:
        signals = await take(Servers(prometheus=servers.prometheus), "shop", Windows(NOW))
        await servers.close()
    assert signals is not None
    pay = signals.services["pay"]
    assert (pay.requests.rate.now, pay.requests.failed.now, pay.seconds.now) == (8, 4, 2.5)
    assert pay.routes["/charge"].failed.now == 4
    assert all('="shop"' in query for query in asked)
    assert any("SPAN_KIND_SERVER" in query for query in asked)
    assert {each.namespace for each in CONVENTIONS} > {"namespace"}


def test_a_look_after_an_action_holds_nothing_of_before_it() -> None:
    assert Windows.since(NOW, NOW + 30) is None
    soon = Windows.since(NOW, NOW + 70)
    assert soon is not None
    assert soon.window >= SHORTEST
    assert soon.lately.start - soon.window >= NOW
    late = Windows.since(NOW, NOW + 1000)
    assert late is not None
    assert (late.window, late.late) == (120, 1)


# ---- faults of whole applications ----


@pytest.fixture
def hotel() -> Iterator[Standing]:
    standing = Standing.of("hotel-reservation")
    yield standing
    standing.stop()


@pytest.mark.parametrize(
    ("action", "more"), [("delay", {"delay": {"latency": "10s"}}), ("loss", {"loss": {"loss": "99"}})]
)
async def test_one_request_in_a_hundred_is_enough_to_find_a_bad_network(
    hotel: Standing, action: str, more: dict[str, object]
) -> None:
    selector = {"labelSelectors": {"io.kompose.service": "user"}}
    chaos = {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "NetworkChaos",
        "metadata": {"name": action},
        "spec": {"action": action, "mode": "one", "duration": "300s", "selector": selector, **more},
    }
    hotel.after(120, Apply(manifests=(chaos,)))
    with TelemetryServer(hotel.stage.traffic) as server:
        signals = await signals_of(server.url, hotel.stage.traffic.now(), hotel.namespace)
    assert unwell(signals) == {"frontend"}
    if action == "loss":
        failure = signals.failures[0]
        assert failure.service == "frontend"
        assert failure.peer.startswith(hotel.pod("user")["status"]["podIP"])
        assert trouble_of(failure.error) is Trouble.TIMED_OUT
    else:
        assert {each.ahead for each in signals.delays if each.seconds > 5} == {"user"}
        assert {each.operation for each in signals.delays if each.seconds > 5} == {"/user", "/reservation"}


async def test_a_switch_that_makes_one_product_fail_shows_at_the_catalogue_and_above() -> None:
    standing = Standing.of("astronomy-shop")
    try:
        file = "demo.flagd.json"
        config = standing.stage.cluster.store.require("ConfigMap", standing.namespace, "flagd-config")
        flags = json.loads(config["data"][file])
        flags["flags"]["productCatalogFailure"]["defaultVariant"] = "on"
        standing.after(0, Patch(target="ConfigMap/flagd-config", body={"data": {file: json.dumps(flags)}}))
        standing.after(180, Restart(target="Deployment/flagd"))
        with TelemetryServer(standing.stage.traffic) as server:
            signals = await signals_of(server.url, standing.stage.traffic.now(), standing.namespace)
    finally:
        standing.stop()
    assert unwell(signals) == {"frontend-proxy", "frontend", "product-catalog"}
    failure = signals.failures[0]
    assert (failure.service, failure.above) == ("product-catalog", ("frontend", "frontend-proxy"))
