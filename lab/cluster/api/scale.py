"""The `scale` subresource: replicas of a workload, without the rest of it."""

from typing import Any

from lab.cluster.api.answer import Answer, json_answer
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.patching import patched
from lab.cluster.api.request import Request, Target
from lab.cluster.api.writes import replaced, require
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.printing.humanize import NONE, selector
from lab.cluster.store import copy_of

METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale(kernel: Kernel, request: Request, target: Target) -> Answer:
    """GET, PUT and PATCH of a Scale. Raises ApiError."""
    with kernel.store.lock:
        old = require(kernel, target)
        if request.method == "GET":
            return json_answer(_scale_of(old))
        wanted: dict[str, Any] = (
            request.decoded_object() if request.method == "PUT" else patched(request, _scale_of(old), {})
        )
        replicas = (wanted.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            raise _refused(target.name, replicas)
        new = copy_of(old)
        new["spec"]["replicas"] = replicas
        new["metadata"]["resourceVersion"] = (wanted.get("metadata") or {}).get("resourceVersion")
        whole = Target(target.resource, target.namespace, target.name)
        stored, _ = replaced(kernel, request, whole, old, new)
    return json_answer(_scale_of(stored))


def _scale_of(obj: Object) -> Object:
    labels = obj["spec"].get("selector") or {}
    text = selector(labels if "matchLabels" in labels or "matchExpressions" in labels else {"matchLabels": labels})
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: obj["metadata"][key] for key in METADATA if key in obj["metadata"]},
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {
            "replicas": (obj.get("status") or {}).get("replicas", 0),
            "selector": "" if text == NONE else text,
        },
    }


def _refused(name: str, replicas: Any) -> ApiError:
    why = f"Invalid value: {replicas}: must be greater than or equal to 0"
    cause = {"reason": "FieldValueInvalid", "message": why, "field": "spec.replicas"}
    details = {"name": name, "group": "autoscaling", "kind": "Scale", "causes": [cause]}
    return ApiError(422, "Invalid", f'Scale.autoscaling "{name}" is invalid: spec.replicas: {why}', details)
