"""metrics.k8s.io: what pods and nodes use now."""

from collections.abc import Iterator

from lab.cluster.api.answer import Answer, json_answer
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.reads import selected
from lab.cluster.api.request import Request, Target
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.resources import by_kind

NODE_MILLICORES = 90
NODE_BYTES = 900 * 1024 * 1024
"""What a node's own processes take."""


def metrics(kernel: Kernel, request: Request, target: Target) -> Answer:
    """GET of one or of all. Raises ApiError 404."""
    resource = target.resource
    items = [
        {"kind": resource.kind, "apiVersion": resource.api_version, **item}
        for item in (
            _pods(kernel, request, target) if resource.plural == "pods" else _nodes(kernel, request, target)
        )
        if target.name in ("", item["metadata"]["name"])
    ]
    if not target.name:
        head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": {}}
        return json_answer({**head, "items": items})
    if not items:
        name = f"{target.namespace}/{target.name}" if target.namespace else target.name
        raise ApiError.not_found(resource, name)
    return json_answer(items[0])


def _pods(kernel: Kernel, request: Request, target: Target) -> Iterator[Object]:
    stored = Target(by_kind("Pod"), target.namespace)
    for pod in selected(kernel, request, stored):
        if usage := kernel.world.usage(pod):
            containers = [{"name": name, "usage": _usage(*used)} for name, used in usage.items()]
            yield {**_head(kernel, pod, "15s"), "containers": containers}


def _nodes(kernel: Kernel, request: Request, target: Target) -> Iterator[Object]:
    used: dict[str, tuple[int, int]] = {}
    for pod in kernel.store.list("Pod"):
        node = pod["spec"].get("nodeName", "")
        for millicores, size in kernel.world.usage(pod).values():
            cpu, memory = used.get(node, (0, 0))
            used[node] = (cpu + millicores, memory + size)
    for node in selected(kernel, request, Target(by_kind("Node"), "")):
        ready = next((c for c in node["status"].get("conditions") or () if c["type"] == "Ready"), None)
        if ready is not None and ready["status"] == "True":
            cpu, memory = used.get(node["metadata"]["name"], (0, 0))
            yield {**_head(kernel, node, "20s"), "usage": _usage(cpu + NODE_MILLICORES, memory + NODE_BYTES)}


def _head(kernel: Kernel, obj: Object, window: str) -> Object:
    now = kernel.clock.iso()
    meta = {key: obj["metadata"][key] for key in ("name", "namespace", "labels") if key in obj["metadata"]}
    return {"metadata": {**meta, "creationTimestamp": now}, "timestamp": now, "window": window}


def _usage(millicores: int, size: int) -> dict[str, str]:
    return {"cpu": f"{millicores * 1_000_000}n", "memory": f"{size // 1024}Ki"}
