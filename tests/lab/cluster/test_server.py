"""The cluster as one object: life, time, repeatability, kubeconfigs, and applying manifests."""

import http.client
import json
import ssl
import stat
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from lab.cluster.apply import LAST_APPLIED
from lab.cluster.errors import ApiError
from lab.cluster.server import Cluster
from lab.cluster.store import StoreEvent
from tests.lab.cluster.quiet import deployment


def web(**spec: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": "nginx:1.25"}]
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    return deployment(template=template, **spec)


def is_available(cluster: Cluster) -> bool:
    status = cluster.store.require("Deployment", "default", "web").get("status") or {}
    return status.get("availableReplicas") == 2


def test_frozen_time_passes_only_by_advance() -> None:
    cluster = Cluster(start=datetime(2026, 3, 1, tzinfo=UTC))
    cluster.apply([web()])
    assert not is_available(cluster)
    cluster.advance(30)
    assert is_available(cluster)
    assert cluster.clock.iso() == "2026-03-01T00:00:30Z"
    cluster.stop()


def test_a_running_clock_takes_the_controllers_along() -> None:
    ready = threading.Event()
    cluster = Cluster(speed=100)

    def listen(event: StoreEvent) -> None:
        if event.kind == "Deployment" and (event.obj.get("status") or {}).get("availableReplicas") == 2:
            ready.set()

    cluster.store.subscribe(listen)
    with cluster:
        cluster.apply([web()])
        assert ready.wait(20), "two pods start within seconds of cluster time"


def test_equal_seeds_give_equal_worlds() -> None:
    def world(seed: int) -> list[dict[str, Any]]:
        cluster = Cluster(seed=seed)
        cluster.apply([web()])
        cluster.advance(60)
        cluster.stop()
        return [obj for kind in ("Pod", "ReplicaSet", "Event", "Node") for obj in cluster.store.list(kind)]

    one = world(1)
    assert one == world(1)
    assert one != world(2)


def test_it_serves_https_with_its_own_authority() -> None:
    with Cluster() as cluster:
        config = yaml.safe_load(cluster.kubeconfig("ann").read_text())
        token = config["users"][0]["user"]["token"]
        assert token == cluster.token("ann")
        assert config["clusters"][0]["cluster"]["server"] == cluster.url
        assert stat.S_IMODE(cluster.kubeconfig("ann").stat().st_mode) == 0o600
        trusted = ssl.create_default_context(cadata=cluster.certificate_authority)
        connection = http.client.HTTPSConnection(cluster.url.removeprefix("https://"), context=trusted, timeout=10)
        connection.request("GET", "/api/v1/pods", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["reason"]) == (403, "Forbidden")
        connection.close()
        doubtful = http.client.HTTPSConnection(cluster.url.removeprefix("https://"), timeout=10)
        with pytest.raises(ssl.SSLCertVerificationError):
            doubtful.request("GET", "/version")
        doubtful.close()


def test_its_files_go_with_it() -> None:
    with Cluster() as cluster:
        path = cluster.kubeconfig()
        assert path.exists()
    assert not path.exists()


def test_apply_changes_merges_and_removes_what_was_applied_before() -> None:
    def noted(manifest: dict[str, Any]) -> dict[str, Any]:
        notes = {LAST_APPLIED: json.dumps(manifest)}
        return {**manifest, "metadata": {**manifest["metadata"], "annotations": notes}}

    cluster = Cluster()
    before = web(paused=True)
    cluster.apply([noted(before)])
    cluster.store.update_status("Deployment", ("default", "web"), {"replicas": 2})
    after = web(replicas=3)
    cluster.apply([noted(after)], manager="helm")
    found = cluster.store.require("Deployment", "default", "web")
    assert found["spec"]["replicas"] == 3
    assert "paused" not in found["spec"]
    assert found["spec"]["strategy"], "what the server filled in stays"
    managers = [entry["manager"] for entry in found["metadata"]["managedFields"]]
    assert managers == ["kubectl-client-side-apply", "helm"]
    assert cluster.audit == []
    cluster.stop()


def test_apply_refuses_what_the_api_would_refuse() -> None:
    cluster = Cluster()
    with pytest.raises(ApiError, match=r'unknown field "spec\.bogus"'):
        cluster.apply([web(bogus=1)])
    cluster.stop()
