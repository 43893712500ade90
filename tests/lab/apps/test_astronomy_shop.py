"""The astronomy shop: its shape, its calls, and what each of its feature flags switches."""

import json
from collections.abc import Iterator

import pytest

from lab.cluster.applications import Applications
from lab.operations import Patch, Restart, Scale
from tests.lab.apps.standing import Standing

DEPLOYMENTS = {
    *("frontend-proxy", "frontend", "checkout", "cart", "recommendation", "shipping", "product-catalog", "ad"),
    *("payment", "currency", "email", "quote", "accounting", "fraud-detection", "kafka", "flagd", "valkey-cart"),
    *("image-provider", "load-generator", "otel-collector", "jaeger", "prometheus", "grafana"),
}
FLAGS = {
    *("adFailure", "adHighCpu", "adManualGc", "cartFailure", "paymentFailure", "paymentUnreachable"),
    *("productCatalogFailure", "recommendationCacheFailure", "kafkaQueueProblems", "loadGeneratorFloodHomepage"),
    "imageSlowLoad",
}
ROUTES = (
    *("/", "/api/products", "/api/products/0PUK6V6EV0", "/api/products/OLJCESPC7Z", "/api/recommendations"),
    *("/api/data", "/api/cart", "/api/checkout", "/api/currency", "/api/shipping", "/images/products"),
)
FILE = "demo.flagd.json"


@pytest.fixture
def shop() -> Iterator[Standing]:
    standing = Standing.of("astronomy-shop")
    yield standing
    standing.stop()


def broken(shop: Standing) -> set[str]:
    """The routes of the front that fail for the load generator."""
    return {
        route for route in ROUTES if shop.get("load-generator", f"http://frontend-proxy:8080{route}") is not None
    }


def flags_of(shop: Standing) -> dict[str, dict[str, object]]:
    text = shop.stage.cluster.store.require("ConfigMap", shop.namespace, "flagd-config")["data"][FILE]
    found: dict[str, dict[str, object]] = json.loads(text)["flags"]
    return found


def switch(shop: Standing, flag: str, variant: str) -> None:
    """Write the variant into the ConfigMap, and let flagd read it anew."""
    flags = flags_of(shop)
    flags[flag]["defaultVariant"] = variant
    body = {"data": {FILE: json.dumps({"flags": flags})}}
    shop.after(0, Patch(target="ConfigMap/flagd-config", body=body))
    shop.after(60, Restart(target="Deployment/flagd"))


def millicores(shop: Standing, workload: str) -> int:
    return next(iter(shop.stage.cluster.world.usage(shop.pod(workload)).values()))[0]


def test_it_is_what_the_benchmark_deploys(shop: Standing) -> None:
    assert len(DEPLOYMENTS) == 23
    assert shop.names("Deployment") == DEPLOYMENTS
    assert shop.names("StatefulSet") == {"opensearch"}
    for pod in shop.all("Pod"):
        labels = pod["metadata"]["labels"]
        name = labels["app.kubernetes.io/name"]
        assert labels["app.kubernetes.io/component"] == labels["opentelemetry.io/name"] == name
        assert pod["metadata"]["name"].startswith(name)
    assert not {"accounting", "fraud-detection"} & shop.names("Service")
    assert set(flags_of(shop)) == FLAGS
    assert {flag["defaultVariant"] for flag in flags_of(shop).values()} == {"off"}


def test_it_stands_and_its_front_reaches_the_stores(shop: Standing) -> None:
    assert shop.unwell() == []
    assert broken(shop) == set()
    assert shop.revisions() == 2
    assert shop.status("opensearch")["ready"]


@pytest.mark.parametrize(
    ("workload", "routes"),
    [
        ("valkey-cart", {"/api/cart", "/api/checkout"}),
        ("kafka", {"/api/checkout"}),
        ("quote", {"/api/checkout", "/api/shipping"}),
    ],
)
def test_what_lies_below_a_route_breaks_it(shop: Standing, workload: str, routes: set[str]) -> None:
    shop.after(30, Scale(target=f"Deployment/{workload}", replicas=0))
    assert broken(shop) == routes


@pytest.mark.parametrize(
    ("flag", "variant", "routes", "workload", "words"),
    [
        ("paymentFailure", "100%", {"/api/checkout"}, "payment", "Payment request failed. Invalid token."),
        ("paymentUnreachable", "on", {"/api/checkout"}, "checkout", "lookup badAddress: no such host"),
        (
            "productCatalogFailure",
            "on",
            {"/api/products/OLJCESPC7Z"},
            "frontend",
            "INTERNAL: Error: Product Catalog",
        ),
        ("cartFailure", "on", set(), "cart", "Error status code 'FailedPrecondition'"),
        ("kafkaQueueProblems", "on", set(), "fraud-detection", "is enabled, sleeping 1 second"),
        ("adManualGc", "on", set(), "ad", "Feature Flag adManualGc enabled, performing a manual gc now"),
        ("adHighCpu", "on", set(), "ad", "High CPU-Load problempattern enabled"),
        ("recommendationCacheFailure", "on", set(), "recommendation", "get_product_list: cache miss"),
    ],
)
def test_a_flag_switches_its_failure_on_and_off(
    shop: Standing, flag: str, variant: str, routes: set[str], workload: str, words: str
) -> None:
    assert not shop.says(workload, words)
    switch(shop, flag, variant)
    shop.after(30)
    assert broken(shop) == routes
    assert shop.says(workload, words)
    switch(shop, flag, "off")
    assert broken(shop) == set()
    told = sum(words in line for line in shop.log(workload))
    shop.after(60)
    assert sum(words in line for line in shop.log(workload)) == told


def test_a_variant_that_a_flag_does_not_have_switches_nothing(shop: Standing) -> None:
    switch(shop, "paymentFailure", "on")
    assert broken(shop) == set()


def test_flagd_reads_its_file_at_its_start(shop: Standing) -> None:
    flags = flags_of(shop)
    flags["paymentUnreachable"]["defaultVariant"] = "on"
    body = {"data": {FILE: json.dumps({"flags": flags})}}
    shop.after(60, Patch(target="ConfigMap/flagd-config", body=body))
    assert broken(shop) == set()


def test_a_checkout_that_fails_says_why_all_the_way_up(shop: Standing) -> None:
    switch(shop, "paymentFailure", "100%")
    assert shop.says(
        "checkout", "could not charge the card: rpc error: code = Unknown desc = Payment request failed."
    )
    assert shop.says("frontend", "failed to charge card: could not charge the card")


def test_ads_fail_now_and_then_and_images_take_ten_seconds(shop: Standing) -> None:
    switch(shop, "adFailure", "on")
    failed = 0
    for _ in range(60):
        shop.after(1)
        failed += "/api/data" in broken(shop)
    assert 1 <= failed <= 15
    switch(shop, "imageSlowLoad", "10sec")
    world = shop.stage.cluster.world
    applications = Applications(world.context, world.runtime, world.network)
    answered = applications.answer(shop.pod("frontend-proxy"), 8080, "/images/products")
    assert answered is not None
    assert answered.seconds > 10


def test_flags_cost_cpu_and_memory_while_they_are_on(shop: Standing) -> None:
    quiet = {name: millicores(shop, name) for name in ("ad", "frontend")}
    switch(shop, "adHighCpu", "on")
    switch(shop, "loadGeneratorFloodHomepage", "on")
    assert millicores(shop, "ad") > 10 * quiet["ad"]
    assert millicores(shop, "frontend") > 5 * quiet["frontend"]
    switch(shop, "recommendationCacheFailure", "on")
    shop.after(900)
    last = shop.status("recommendation")["lastState"]["terminated"]
    assert (last["reason"], last["exitCode"]) == ("OOMKilled", 137)
