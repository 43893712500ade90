"""Small worlds made by hand, for the pure parts of the lab."""

from collections.abc import Mapping
from typing import Any

from domain.base import Json
from domain.cluster import Ref
from lab.checks import Watched
from lab.view import View

NAMESPACE = "shop"


def ref(kind: str, name: str) -> Ref:
    return Ref(kind=kind, name=name, namespace=NAMESPACE)


def deployment(name: str, replicas: int = 2, available: int | None = None, image: str = "a:1") -> dict[str, Any]:
    ready = replicas if available is None else available
    containers = [{"name": name, "image": image}]
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "generation": 1},
        "spec": {"replicas": replicas, "template": template},
        "status": {
            "observedGeneration": 1,
            "replicas": replicas,
            "updatedReplicas": replicas,
            "availableReplicas": ready,
        },
    }


def pod(name: str, owner: str, restarts: int = 0) -> dict[str, Any]:
    controller = {"kind": "Deployment", "name": owner, "controller": True}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "ownerReferences": [controller]},
        "spec": {},
        "status": {"containerStatuses": [{"name": "c", "restartCount": restarts}]},
    }


def thing(kind: str, name: str, **content: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}"}, **content}


def view(*objects: Json, calls: Mapping[tuple[str, str], str | None] | None = None) -> View:
    found = {ref(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}
    return View(0.0, found, calls or {})


def unmoved(seen: View) -> Watched:
    return Watched(seen, seen)
