"""Many pods of plain servers: ten a Deployment with its Service, fifty a namespace."""

from collections.abc import Iterator
from typing import Any, Final

REPLICAS: Final = 10
PER_NAMESPACE: Final = 5
"""Deployments."""


def crowd(pods: int) -> Iterator[dict[str, Any]]:
    """The manifests of so many pods (a multiple of ten)."""
    for number in range(pods // REPLICAS):
        namespace = f"crowd-{number // PER_NAMESPACE:03}"
        if number % PER_NAMESPACE == 0:
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        yield from _application(f"app-{number:04}", namespace)


def _application(name: str, namespace: str) -> Iterator[dict[str, Any]]:
    labels, meta = {"app": name}, {"name": name, "namespace": namespace}
    container = {
        "name": "main",
        "image": "nginx:1.25",
        "ports": [{"containerPort": 80}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": template}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
    ports = [{"port": 80}]
    yield {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": labels, "ports": ports}}
