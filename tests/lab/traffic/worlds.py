"""A shop under load, for the tests of traffic and telemetry."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from lab.applications import APPS, Application, load_application
from lab.cluster import behaviour_file
from lab.cluster.ports import Object
from lab.cluster.server import Cluster
from lab.cluster.store import copy_of
from lab.stage import PRELUDE
from lab.traffic.flow import Flow
from lab.traffic.traffic import Traffic


@cache
def shop() -> Application:
    return load_application(APPS / "shop")


@contextmanager
def shop_under_load(seed: int = 1, settled: float = 120, quiet: float = 0) -> Iterator[Traffic]:
    """The shop, applied and healthy, with its load; then `quiet` seconds in which nothing happens but requests."""
    app = shop()
    assert app.app.load is not None
    cluster = Cluster(seed=seed, behaviours=behaviour_file.load().joined(app.behaviours))
    try:
        traffic = Traffic.watch(cluster, [("shop", app.app.load)], seed)
        cluster.apply(app.manifests)
        cluster.advance(settled)
        cluster.clock.advance(quiet)
        cluster.advance(PRELUDE if quiet else 0)
        yield traffic
    finally:
        cluster.stop()


def change(traffic: Traffic, kind: str, name: str, how: Any) -> None:
    """Change an object of the shop through admission, as an administrator would."""
    obj: Object = copy_of(traffic.cluster.store.require(kind, "shop", name))
    obj.pop("status", None)
    how(obj)
    traffic.cluster.store.update(kind, {**traffic.cluster.store.require(kind, "shop", name), **obj})
    traffic.cluster.settle()


def flow_now(traffic: Traffic) -> Flow:
    flow = traffic.timeline.at(traffic.now())
    assert flow is not None
    return flow


def rates(flow: Flow) -> dict[str, tuple[float, float]]:
    """By service: requests a second, and those of them that fail with 5xx."""
    found: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for stream in flow.streams:
        for share in stream.shares:
            total, failed = found[stream.place.service]
            bad = share.rate if share.status >= 500 else 0.0
            found[stream.place.service] = (total + share.rate, failed + bad)
    return dict(found)
