"""What every built-in application promises."""

import random
import time

import pytest

from lab.applications import builtin_apps
from lab.rename import rename
from lab.stage import Stage
from lab.traffic.load import Load
from lab.traffic.traffic import Traffic
from tests.lab.apps.standing import Standing, quiet
from tests.lab.traffic.worlds import flow_now, rates

NAMES = ("astronomy-shop", "depot", "hotel-reservation", "social-network")


def test_they_are_built_in() -> None:
    assert {"shop", *NAMES} == set(builtin_apps())


@pytest.mark.parametrize("name", NAMES)
def test_it_settles_in_under_two_seconds(name: str) -> None:
    told = quiet(name)
    begun = time.process_time()
    stage = Stage.set(told, seed=2)
    seconds = time.process_time() - begun
    stage.cluster.stop()
    assert seconds < 2


@pytest.mark.parametrize("name", NAMES)
def test_it_stands_whatever_the_seed(name: str) -> None:
    for seed in (3, 4):
        standing = Standing.of(name, seed)
        assert standing.unwell() == []
        standing.stop()


@pytest.mark.parametrize("name", NAMES)
def test_with_other_names_it_stands_as_well(name: str) -> None:
    told = rename(quiet(name), random.Random(5))
    stage = Stage.set(told, seed=1)
    stage.past()
    pods = stage.cluster.store.list("Pod", told.namespace)
    failing = [
        call
        for pod in pods
        for _, run in stage.cluster.world.runtime.running(pod)
        for call, record in run.calls.items()
        if record.changes and record.changes[-1][1] is not None
    ]
    stage.cluster.stop()
    assert pods
    assert failing == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "depot"])
def test_its_users_ask_for_what_its_front_offers(name: str) -> None:
    """Every route of the load is answered by the program behind the front's Service."""
    application = quiet(name).application
    load = application.app.load
    assert isinstance(load, Load)
    offered = {path for each in application.behaviours.behaviours for path in each.http}
    assert {route.path for route in load.routes} <= offered


def test_its_users_reach_the_stores() -> None:
    """Requests enter at the front and arrive at the bottom, all but unharmed."""
    bottoms = {
        "astronomy-shop": {"valkey-cart", "kafka", "quote", "payment"},
        "hotel-reservation": {"mongodb-rate", "mongodb-profile", "mongodb-reservation", "memcached-reserve"},
        "social-network": {"user-mongodb", "post-storage-mongodb", "home-timeline-redis", "url-shorten-mongodb"},
    }
    for name, bottom in bottoms.items():
        standing = Standing.of(name)
        load = quiet(name).application.app.load
        assert load is not None
        traffic = Traffic.watch(standing.stage.cluster, [(standing.namespace, load)], seed=1)
        standing.after(60)
        found = rates(flow_now(traffic))
        standing.stop()
        assert bottom <= set(found)
        assert all(failed < 0.02 * total + 0.01 for total, failed in found.values())
