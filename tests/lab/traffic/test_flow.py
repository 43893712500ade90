"""What each kind of trouble does to the requests of a whole application."""

from collections.abc import Iterator

import pytest

from lab.cluster.ports import Object
from lab.traffic.traffic import Traffic
from tests.lab.traffic.worlds import change, flow_now, rates, shop_under_load

LOST = 0.9
"""Share of requests from which a service counts as failing."""


@pytest.fixture
def world() -> Iterator[Traffic]:
    with shop_under_load() as traffic:
        yield traffic


def failing(traffic: Traffic) -> set[str]:
    found = rates(flow_now(traffic))
    return {service for service, (total, failed) in found.items() if failed > LOST * total}


def test_load_enters_at_the_front_and_follows_the_calls(world: Traffic) -> None:
    """10 requests a second at the front; checkout calls cart beside the baskets' own requests."""
    found = rates(flow_now(world))
    assert found["frontend"][0] == pytest.approx(10)
    assert found["gateway"][0] == pytest.approx(10, rel=0.01)
    assert found["cart"][0] == pytest.approx(4, rel=0.02)
    assert found["postgres"][0] == pytest.approx(8, rel=0.02)
    assert all(failed < 0.01 * total for total, failed in found.values())


def test_a_stopped_dependency_fails_all_who_need_it_and_nobody_else(world: Traffic) -> None:
    change(world, "Deployment", "cart-store", lambda obj: obj["spec"].update(replicas=0))
    world.cluster.advance(30)
    found = rates(flow_now(world))
    assert "cart-store" not in found
    assert failing(world) == {"cart", "checkout"}
    assert found["frontend"][1] == pytest.approx(4, rel=0.05)
    assert found["catalog"][1] < 0.1


def test_a_wrong_target_port_starves_the_service_and_fails_its_caller(world: Traffic) -> None:
    change(world, "Service", "checkout", lambda obj: obj["spec"]["ports"][0].update(targetPort=9999))
    world.cluster.advance(10)
    found = rates(flow_now(world))
    assert "checkout" not in found
    assert "payment" not in found
    assert found["gateway"][1] == pytest.approx(1, rel=0.05)


def test_a_network_policy_costs_its_callers_the_time_of_a_connect(world: Traffic) -> None:
    policy: Object = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "no-one", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "catalog"}}, "policyTypes": ["Ingress"]},
    }
    world.cluster.apply([policy])
    world.cluster.advance(10)
    slow = {
        stream.place.service: share.seconds
        for stream in flow_now(world).streams
        for share in stream.shares
        if stream.path in ("/browse", "/api/catalog") and share.status >= 500
    }
    assert slow.keys() == {"frontend", "gateway"}
    assert all(seconds > 5 for seconds in slow.values())


def test_only_part_of_the_requests_fail_when_one_of_several_pods_is_broken(world: Traffic) -> None:
    """A pod that stays among the endpoints without listening takes its share of the requests with it."""
    endpoints = world.cluster.store.require("Endpoints", "shop", "cart")
    world.cluster.store.update("Endpoints", half_dead(endpoints))
    found = rates(flow_now(world))
    assert found["gateway"][1] == pytest.approx(2, rel=0.1)


def half_dead(endpoints: Object) -> Object:
    """The endpoints with a port on which nobody listens for the first address."""
    (subset,) = endpoints["subsets"]
    first, *others = subset["addresses"]
    dead = {"addresses": [first], "ports": [{**port, "port": 9} for port in subset["ports"]]}
    return {**endpoints, "subsets": [dead, {**subset, "addresses": others}]}


def test_too_little_cpu_makes_everything_slower(world: Traffic) -> None:
    def seconds() -> float:
        times = [
            stream.shares[0].seconds for stream in flow_now(world).streams if stream.place.service == "catalog"
        ]
        return max(times)

    before = seconds()
    change(world, "Deployment", "catalog", _squeeze)
    world.cluster.advance(120)
    assert seconds() > 2 * before


def _squeeze(obj: Object) -> None:
    container = obj["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"]["cpu"] = container["resources"]["requests"]["cpu"] = "60m"
