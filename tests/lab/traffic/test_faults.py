"""Faults of whole applications as their users feel them, and how they end."""

import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from lab.operations import Apply, Delete, Patch, Restart, RollBack
from lab.telemetry.metrics import Metrics
from lab.traffic.flow import Flow
from tests.lab.apps.standing import Object, Standing


@pytest.fixture
def hotel() -> Iterator[Standing]:
    standing = Standing.of("hotel-reservation")
    yield standing
    standing.stop()


@pytest.fixture
def astronomy() -> Iterator[Standing]:
    standing = Standing.of("astronomy-shop")
    yield standing
    standing.stop()


def flow(standing: Standing) -> Flow:
    traffic = standing.stage.traffic
    found = traffic.timeline.at(traffic.now())
    assert found is not None
    return found


def failing(standing: Standing, service: str) -> dict[str, float]:
    """By path, the share of requests at a service that end in 5xx."""
    total, failed = defaultdict[str, float](float), defaultdict[str, float](float)
    for stream in flow(standing).streams:
        if stream.place.service == service:
            for share in stream.shares:
                total[stream.path] += share.rate
                failed[stream.path] += share.rate if share.status >= 500 else 0.0
    return {path: failed[path] / total[path] for path in total}


def seconds(standing: Standing, service: str, path: str) -> float:
    """Mean time of the good answers."""
    (stream,) = [each for each in flow(standing).streams if (each.place.service, each.path) == (service, path)]
    return next(share.seconds for share in stream.shares if share.status < 500)


def network_chaos(action: str, **more: object) -> Object:
    selector = {"labelSelectors": {"io.kompose.service": "user"}}
    spec = {"action": action, "mode": "one", "duration": "100s", "selector": selector, **more}
    return {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "NetworkChaos",
        "metadata": {"name": action},
        "spec": spec,
    }


def test_late_packets_slow_the_routes_above_the_pod_and_no_others(hotel: Standing) -> None:
    hotel.after(10, Apply(manifests=(network_chaos("delay", delay={"latency": "10s"}),)))
    assert 10 < seconds(hotel, "frontend", "/user") < 11
    assert seconds(hotel, "frontend", "/recommendations") < 1
    assert failing(hotel, "frontend")["/user"] < 0.05
    hotel.after(95)
    assert seconds(hotel, "frontend", "/user") < 1


def test_lost_packets_fail_the_routes_above_the_pod_until_the_experiment_is_deleted(hotel: Standing) -> None:
    hotel.after(10, Apply(manifests=(network_chaos("loss", loss={"loss": "99", "correlation": "100"}),)))
    failed = failing(hotel, "frontend")
    assert (failed["/user"], failed["/reservation"]) == (1, 1)
    assert failed["/hotels"] < 0.05
    assert hotel.says("frontend", "UserHandler CheckUser failed: rpc error: code = Unavailable")
    hotel.after(5, Delete(target="NetworkChaos/loss"))
    assert failing(hotel, "frontend")["/user"] < 0.05


def test_a_redeployed_application_waits_for_volumes_that_still_name_the_claims_of_before(hotel: Standing) -> None:
    hotel.after(55, Delete(target=f"Namespace/{hotel.namespace}"))
    assert hotel.all("Pod") == []
    hotel.stage.hands.apply(hotel.stage.drillable.application.manifests, "kubectl")
    hotel.after(40)
    claims = {obj["status"]["phase"] for obj in hotel.all("PersistentVolumeClaim")}
    volumes = {obj["status"]["phase"] for obj in hotel.stage.cluster.store.list("PersistentVolume")}
    assert (claims, volumes) == ({"Pending"}, {"Released"})
    assert set(failing(hotel, "frontend").values()) == {1}
    names = ("geo", "profile", "rate", "recommendation", "reservation", "user")
    free = {"spec": {"claimRef": None}}
    hotel.after(120, *(Patch(target=f"PersistentVolume/{name}-pv", body=free) for name in names))
    assert hotel.unwell() == []
    assert max(failing(hotel, "frontend").values()) < 0.05


def switch(shop: Standing, flag: str, variant: str) -> None:
    """As the benchmark does: change the ConfigMap, restart flagd."""
    (name,) = shop.stage.cluster.store.require("ConfigMap", shop.namespace, "flagd-config")["data"]
    flags = json.loads(shop.stage.cluster.store.require("ConfigMap", shop.namespace, "flagd-config")["data"][name])
    flags["flags"][flag]["defaultVariant"] = variant
    body = {"data": {name: json.dumps(flags)}}
    shop.after(45, Patch(target="ConfigMap/flagd-config", body=body), Restart(target="Deployment/flagd"))


def rate(standing: Standing, service: str, path: str) -> float:
    streams = [each for each in flow(standing).streams if (each.place.service, each.path) == (service, path)]
    return sum(share.rate for stream in streams for share in stream.shares)


def test_a_flooded_homepage_gets_many_times_its_requests_while_the_flag_is_on(astronomy: Standing) -> None:
    usual = {service: rate(astronomy, service, "/") for service in ("frontend", "frontend-proxy")}
    switch(astronomy, "loadGeneratorFloodHomepage", "on")
    for service, before in usual.items():
        assert rate(astronomy, service, "/") > 20 * before
    assert seconds(astronomy, "frontend", "/") > 0.5
    switch(astronomy, "loadGeneratorFloodHomepage", "off")
    assert rate(astronomy, "frontend", "/") == pytest.approx(usual["frontend"])


@pytest.mark.parametrize(("variant", "share"), [("100%", 1.0), ("50%", 0.5), ("10%", 0.1), ("off", 0.0)])
def test_payments_fail_in_the_share_that_the_variant_names(
    astronomy: Standing, variant: str, share: float
) -> None:
    switch(astronomy, "paymentFailure", variant)
    assert failing(astronomy, "payment")["/oteldemo.PaymentService/Charge"] == pytest.approx(share, abs=0.01)
    assert failing(astronomy, "frontend-proxy")["/api/checkout"] == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    ("flag", "variant", "service", "path", "late"),
    [
        ("imageSlowLoad", "10sec", "frontend-proxy", "/images/products", 10),
        ("imageSlowLoad", "5sec", "frontend-proxy", "/images/products", 5),
        ("adManualGc", "on", "ad", "/oteldemo.AdService/GetAds", 2),
        ("adHighCpu", "on", "ad", "/oteldemo.AdService/GetAds", 0.3),
    ],
)
def test_flags_that_break_nothing_make_late(
    astronomy: Standing, flag: str, variant: str, service: str, path: str, late: float
) -> None:
    assert seconds(astronomy, service, path) < 0.1
    switch(astronomy, flag, variant)
    assert late < seconds(astronomy, service, path) < 3 * late
    assert failing(astronomy, service)[path] < 0.02


def test_a_slow_consumer_s_lag_grows_and_drains_with_its_flag(astronomy: Standing) -> None:
    metrics = Metrics(astronomy.stage.traffic)

    def lag() -> float:
        (series,) = metrics.series("kafka_consumergroup_lag")
        return series.between(metrics.now() - 15, metrics.now())[-1][1]

    assert lag() == 0
    switch(astronomy, "kafkaQueueProblems", "on")
    astronomy.after(300)
    high = lag()
    assert high > 5000
    switch(astronomy, "kafkaQueueProblems", "off")
    astronomy.after(300)
    assert lag() == 0


def test_a_database_without_room_fails_the_share_of_requests_that_the_last_pods_get() -> None:
    shop = Standing.of("shop")
    try:
        pool = {"name": "catalog", "env": [{"name": "DB_POOL_SIZE", "value": "45"}]}
        body = {"spec": {"template": {"spec": {"containers": [pool]}}}}
        assert max(failing(shop, "catalog").values()) < 0.05
        shop.after(120, Patch(target="Deployment/catalog", body=body))
        assert 0.2 < failing(shop, "catalog")["/items"] < 0.8
        shop.after(120, RollBack(target="Deployment/catalog"))
        assert max(failing(shop, "catalog").values()) < 0.05
    finally:
        shop.stop()
