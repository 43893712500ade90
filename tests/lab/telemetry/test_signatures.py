"""Each kind of trouble leaves its own mark in the metrics, and equal seeds leave equal marks."""

from lab.cluster.behaviour import Behaviour, Behaviours, Memory
from lab.cluster.ports import Object
from lab.telemetry.serving import TelemetryServer
from tests.lab.telemetry.api import ask, vector
from tests.lab.telemetry.conftest import Observed
from tests.lab.traffic.worlds import change, shop_under_load

ERRORS = (
    'sum by (service) (rate(http_requests_total{code=~"5.."}[2m]))'
    " / sum by (service) (rate(http_requests_total[2m])) > 0.5"
)


def test_a_stopped_store_shows_in_the_errors_of_its_callers(world: Observed) -> None:
    assert vector(world.url, ERRORS, "service") == {}
    change(world.traffic, "Deployment", "cart-store", lambda obj: obj["spec"].update(replicas=0))
    world.traffic.cluster.advance(180)
    assert set(vector(world.url, ERRORS, "service")) == {"cart", "checkout"}
    assert (
        vector(world.url, 'kube_deployment_spec_replicas{deployment="cart-store"}', "deployment")["cart-store"]
        == 0
    )


def test_a_wrong_target_port_silences_a_healthy_service(world: Observed) -> None:
    change(world.traffic, "Service", "payment", lambda obj: obj["spec"]["ports"][0].update(targetPort=9999))
    world.traffic.cluster.advance(180)
    assert vector(world.url, 'sum(rate(http_requests_total{service="payment"}[2m]))', "")[""] == 0
    assert set(vector(world.url, ERRORS, "service")) == {"checkout"}
    ready = vector(world.url, 'sum(kube_pod_container_status_ready{container="payment"})', "")
    assert ready[""] == 2


def test_a_network_policy_makes_callers_wait_and_fail(world: Observed) -> None:
    policy: Object = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "no-one", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "orders"}}, "policyTypes": ["Ingress"]},
    }
    world.traffic.cluster.apply([policy])
    world.traffic.cluster.advance(180)
    buckets = 'sum by (le) (rate(http_request_duration_seconds_bucket{service="checkout"}[2m]))'
    slowest = f"histogram_quantile(0.95, {buckets})"
    assert vector(world.url, slowest, "")[""] > 2.5
    assert set(vector(world.url, ERRORS, "service")) == {"checkout"}


def test_an_out_of_memory_loop_restarts_counts_reasons_and_loses_requests(world: Observed) -> None:
    def starve(obj: Object) -> None:
        obj["spec"]["strategy"] = {"type": "Recreate"}
        resources = obj["spec"]["template"]["spec"]["containers"][0]["resources"]
        resources["limits"]["memory"] = resources["requests"]["memory"] = "100Mi"

    change(world.traffic, "Deployment", "inventory", starve)
    world.traffic.cluster.advance(400)
    reasons = vector(world.url, "kube_pod_container_status_last_terminated_reason", "reason")
    assert reasons == {"OOMKilled": 1}
    restarts = vector(world.url, "increase(kube_pod_container_status_restarts_total[6m]) > 1", "container")
    assert set(restarts) == {"inventory"}
    failing = vector(world.url, ERRORS, "service")
    assert "checkout" in failing


def test_a_leak_is_seen_growing_though_nothing_changes(world: Observed) -> None:
    memory = Memory(mib=60, growth_per_minute=20)
    image = "registry.example.com/shop/cart:*"
    leaking = Behaviours(behaviours=(Behaviour(image=image, memory=memory),))
    cluster = world.traffic.cluster
    cluster.world.behave(leaking)
    for pod in cluster.store.list("Pod", "shop"):
        if pod["metadata"]["labels"].get("app") == "cart":
            cluster.store.delete("Pod", "shop", pod["metadata"]["name"])
    cluster.advance(360)
    query = 'min(container_memory_working_set_bytes{container="cart"}'
    before, now = (vector(world.url, f"{query}{when})", "")[""] for when in (" offset 3m", ""))
    assert 40 * 2**20 < now - before < 80 * 2**20


def test_equal_seeds_give_byte_equal_telemetry() -> None:
    def told(seed: int) -> list[object]:
        with shop_under_load(seed) as traffic, TelemetryServer(traffic) as server:
            change(traffic, "Deployment", "postgres", lambda obj: obj["spec"].update(replicas=0))
            traffic.cluster.advance(120)
            now = traffic.now()
            window = {"start": now - 300, "end": now, "step": 30}
            return [
                ask(server.url, "/api/v1/query", query='{__name__=~".+"}'),
                ask(
                    server.url,
                    "/api/v1/query_range",
                    query="sum by (code) (rate(http_requests_total[2m]))",
                    **window,
                ),
            ]

    assert told(3) == told(3)
    assert told(3) != told(4)
