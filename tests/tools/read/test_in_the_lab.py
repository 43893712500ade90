"""The probes against the embedded cluster, over HTTPS, with the rights that `reader_rules` gives and no others."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.cluster import Ref, Scope, Severity
from domain.errors import ClusterForbidden
from domain.probes import ProbeCall, ProbeResult, SearchLogs
from lab.cluster.server import Cluster
from lab.demo import SUITE
from lab.stage import Stage
from lab.suite import load_suite
from tools.cluster.access import reader_rules
from tools.cluster.connection import Connection
from tools.cluster.reader import Reader
from tools.read import snapshot
from tools.read.catalogue import PROBES, ProbeSpec
from tools.read.service import Probes
from tools.redact.service import Redactor

ANY_CALL: TypeAdapter[ProbeCall] = TypeAdapter(ProbeCall)
READER = "system:serviceaccount:aoi:reader"
PLANTED = "hunter2-planted"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The shop after a bad release, standing still, with secrets planted and a reader who may only read."""
    task = load_suite(SUITE).matching("bad-release").tasks[0]
    stage = Stage.set(task.drillable, 1)
    stage.past()
    stage.incident()
    stage.cluster.apply(manifests(stage.drillable.namespace))
    stage.cluster.start()
    yield stage
    stage.cluster.stop()


def manifests(namespace: str) -> list[dict[str, Any]]:
    """The reader's role, a ConfigMap and a workload full of secrets, and an event that tells one."""
    secret_env = [
        {"name": "DB_PASSWORD", "value": PLANTED},
        {"name": "DB", "value": f"postgres://u:{PLANTED}@db/x"},
    ]
    template = {
        "metadata": {"labels": {"app": "vault"}, "annotations": {"note": f"password={PLANTED}"}},
        "spec": {"containers": [{"name": "app", "image": "nginx:1.27", "env": secret_env}]},
    }
    workload = {"replicas": 1, "selector": {"matchLabels": {"app": "vault"}}, "template": template}
    rbac = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "aoi-reader"},
            "rules": list(reader_rules()),
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "aoi-reader"},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "aoi-reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "aoi"}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "vault", "namespace": namespace, "annotations": {"x": json.dumps(template)}},
            "spec": workload,
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "vault", "namespace": namespace},
            "data": {"password": PLANTED, "app.ini": f"[db]\npassword = {PLANTED}\n"},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "vault", "namespace": namespace},
            "stringData": {"password": PLANTED},
        },
    ]  # fmt: skip


class LabClock:
    """The cluster's time."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def now(self) -> datetime:
        """Virtual."""
        return self._cluster.clock.now_utc()

    def monotonic(self) -> float:
        """Virtual."""
        return self._cluster.clock.now()

    async def sleep(self, seconds: float) -> None:
        """At once."""
        self._cluster.advance(seconds)


@pytest.fixture
async def connection(stage: Stage) -> AsyncIterator[Connection]:
    """As the reader."""
    async with await Connection.from_kubeconfig(stage.cluster.kubeconfig(READER), None, 10.0) as connection:
        yield connection


@pytest.fixture
def reader(connection: Connection) -> Reader:
    """As the reader."""
    return Reader(connection, Redactor())


def call_of(spec: ProbeSpec, namespace: str) -> ProbeCall:
    """The probe asked about the checkout service."""
    target = Ref(kind="Deployment", namespace=namespace, name="checkout")
    arguments = {"namespace": namespace, "target": target, "workload": target, "pod": "later", "text": "refused"}
    known = {name: value for name, value in arguments.items() if name in spec.call.model_fields}
    return ANY_CALL.validate_python({"probe": spec.name, **known})


@pytest.mark.parametrize("spec", PROBES, ids=lambda spec: spec.name)
async def test_each_probe_answers_with_the_readers_rights(spec: ProbeSpec, stage: Stage, reader: Reader) -> None:
    namespace = stage.drillable.namespace
    pods = await reader.list("Pod", namespace, label_selector="app=gateway")
    call = call_of(spec, namespace)
    if spec.name == "logs":
        call = call.model_copy(update={"pod": pods[0]["metadata"]["name"]})
    result = await Probes(reader, LabClock(stage.cluster)).run(Scope(namespaces=(namespace,)), call)
    assert result.status in ("ok", "empty"), result.note
    assert result.note.endswith(".")
    assert PLANTED not in result.model_dump_json()


async def test_the_snapshot_is_whole_and_shows_the_incident(stage: Stage, reader: Reader) -> None:
    namespace = stage.drillable.namespace
    taken, artifact = await snapshot.take(reader, namespace, stage.cluster.clock.now_utc())
    assert taken.unreadable == {}
    assert len(taken.of("Service")) >= 10
    assert taken.named("ConfigMap", "vault")
    assert taken.usage
    assert any(pod.startswith("checkout") and previous for pod, _, previous in taken.logs)
    assert {pod.rsplit("-", 2)[0] for pod, _, _ in taken.logs} >= {"gateway", "checkout", "cart", "payment"}
    assert PLANTED not in repr(taken) + artifact.text


async def test_callers_logs_tell_of_the_broken_service(stage: Stage, reader: Reader) -> None:
    namespace = stage.drillable.namespace
    result: ProbeResult = await Probes(reader, LabClock(stage.cluster)).run(
        Scope(namespaces=(namespace,)), SearchLogs(namespace=namespace, text="checkout:8080")
    )
    assert any(f.subject.name.startswith("gateway") and f.severity is Severity.CRITICAL for f in result.findings)


async def test_the_reader_can_read_no_secret_and_change_nothing(stage: Stage, connection: Connection) -> None:
    space = f"/api/v1/namespaces/{stage.drillable.namespace}"
    apps = f"/apis/apps/v1/namespaces/{stage.drillable.namespace}"
    attempts = (
        ("GET", f"{space}/secrets", None),
        ("GET", f"{space}/secrets/vault", None),
        ("POST", f"{space}/configmaps", {"metadata": {"name": "new"}}),
        ("DELETE", f"{space}/configmaps/vault", None),
        ("PATCH", f"{apps}/deployments/vault", {"spec": {"replicas": 0}}),
        ("PATCH", f"{apps}/deployments/vault/scale", {"spec": {"replicas": 0}}),
        ("DELETE", f"{space}/pods", None),
    )
    for method, path, body in attempts:
        with pytest.raises(ClusterForbidden):
            await connection.request(method, path, body=body, content_type="application/merge-patch+json")


async def test_the_reader_knows_its_rights(reader: Reader, stage: Stage) -> None:
    namespace = stage.drillable.namespace
    assert await reader.may("list", "apps", "deployments", namespace)
    assert await reader.may("get", "", "pods/log", namespace)
    assert not await reader.may("get", "", "secrets", namespace)
    assert not await reader.may("patch", "apps", "deployments", namespace)


async def test_namespaces_are_listed(reader: Reader, stage: Stage) -> None:
    assert stage.drillable.namespace in await reader.namespaces()
