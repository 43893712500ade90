"""Faults of whole applications as their users feel them, and how they end."""

from collections.abc import Iterator

import pytest

from lab.operations import Apply, Delete, Patch
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
    found = {}
    for stream in flow(standing).streams:
        if stream.place.service == service:
            total = sum(share.rate for share in stream.shares)
            found[stream.path] = sum(share.rate for share in stream.shares if share.status >= 500) / total
    return found


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
