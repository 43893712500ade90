"""The load of every built-in application reaches all of its routes, and its own faults are felt."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.applications import APPS, builtin_apps, load_application
from lab.cluster import behaviour_file
from lab.cluster.server import Cluster
from lab.hands import Hands
from lab.traffic.traffic import Traffic
from tests.lab.traffic.worlds import flow_now, rates


@contextmanager
def under_load(name: str) -> Iterator[Traffic]:
    application = load_application(APPS / name)
    app = application.app
    assert app.load is not None, f"{name} has no load"
    cluster = Cluster(seed=1, behaviours=behaviour_file.load().joined(application.behaviours))
    try:
        traffic = Traffic.watch(cluster, [(app.namespace, app.load)], 1)
        cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": app.namespace}}])
        Hands(cluster, app.namespace).apply(application.manifests, "kubectl-client-side-apply")
        cluster.advance(300)
        yield traffic
    finally:
        cluster.stop()


@pytest.mark.parametrize("name", [name for name in builtin_apps() if load_application(APPS / name).app.load])
def test_a_healthy_application_answers_all_its_users(name: str) -> None:
    load = load_application(APPS / name).app.load
    assert load is not None, "it was chosen because it has one"
    with under_load(name) as traffic:
        found = rates(flow_now(traffic))
    total, failed = found[load.service]
    assert total == pytest.approx(sum(route.rate for route in load.routes))
    assert failed < 0.02 * total
    assert len(found) > 8


def test_a_right_that_was_taken_away_fails_those_who_ask_the_database() -> None:
    """The Service, its endpoints and its pods are all well; only what the server answers has changed."""
    with under_load("hotel-reservation") as traffic:
        cluster, namespace = traffic.cluster, "test-hotel-reservation"
        before = traffic.now() - 1
        pods = cluster.store.list("Pod", namespace)
        pod = next(pod for pod in pods if pod["metadata"]["name"].startswith("mongodb-rate-"))
        revoke = "db.revokeRolesFromUser('admin', [{role: 'readWrite', db: 'rate-db'}])"
        login = ["-u", "admin", "-p", "admin", "--authenticationDatabase", "admin"]
        container = pod["spec"]["containers"][0]["name"]
        done = cluster.world.exec(pod, container, ["mongo", "admin", *login, "--eval", revoke])
        assert done.exit_code == 0, done.stdout + done.stderr
        for each in pods:
            if each["metadata"]["name"].startswith(("rate-", "memcached-rate-")):
                cluster.store.delete("Pod", namespace, each["metadata"]["name"])
        cluster.advance(120)
        now = rates(flow_now(traffic))
        past = traffic.timeline.at(before)
    assert past is not None
    assert rates(past)["search"][1] < 0.1
    total, failed = now["search"]
    assert failed > 0.9 * total
