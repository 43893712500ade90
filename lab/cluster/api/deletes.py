"""DELETE of one object or of a selection, and what becomes of the dependents."""

from typing import Any, Final

from lab.cluster.api.answer import Answer, success
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.reads import rendered, selected
from lab.cluster.api.request import Request, Target
from lab.cluster.api.writes import require
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.resources import RESOURCES

RETURN_OBJECT: Final = frozenset(
    (
        *("Pod", "Service", "ServiceAccount", "ResourceQuota", "PersistentVolumeClaim", "PersistentVolume"),
        *("PodTemplate", "StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"),
    )
)
"""Kinds whose DELETE answers with the object; the others answer with a Status (the client 37 checks)."""


def delete(kernel: Kernel, request: Request, target: Target) -> Answer:
    """DELETE of one object. Raises ApiError."""
    require(kernel, target)
    obj = _delete_one(kernel, request, target, target.namespace, target.name)
    if target.resource.kind in RETURN_OBJECT:
        return rendered(kernel, request, target.resource, obj)
    details = {"name": target.name, "kind": target.resource.plural, "uid": obj["metadata"]["uid"]}
    return success({**details, "group": target.resource.group} if target.resource.group else details)


def delete_collection(kernel: Kernel, request: Request, target: Target) -> Answer:
    """DELETE of every selected object. Raises ApiError."""
    for obj in selected(kernel, request, target):
        meta = obj["metadata"]
        _delete_one(kernel, request, target, meta.get("namespace", ""), meta["name"])
    return success()


def _delete_one(kernel: Kernel, request: Request, target: Target, namespace: str, name: str) -> Object:
    options = request.decoded_object()
    with kernel.store.lock:
        obj = kernel.store.delete(
            target.resource.kind,
            namespace,
            name,
            grace_seconds(request, options),
            options.get("preconditions"),
            request.is_dry_run,
        )
        policy = options.get("propagationPolicy") or request.query.get("propagationPolicy")
        if (policy == "Orphan" or options.get("orphanDependents")) and not request.is_dry_run:
            _orphan(kernel, obj)
    return obj


def grace_seconds(request: Request, options: dict[str, Any]) -> int | None:
    """As asked in the body or in the query; `None` for the object's own. Raises ApiError 400."""
    given = options.get("gracePeriodSeconds", request.query.get("gracePeriodSeconds"))
    try:
        return None if given in (None, "") else int(given)
    except ValueError as e:
        raise ApiError.bad_request(f"gracePeriodSeconds: Invalid value: {given!r}") from e


def _orphan(kernel: Kernel, owner: Object) -> None:
    """Take the owner's reference out of its dependents, so that the garbage collector leaves them."""
    uid = owner["metadata"]["uid"]
    namespace = owner["metadata"].get("namespace")
    for resource in RESOURCES:
        if not resource.stored or (resource.group == "events.k8s.io"):
            continue
        for obj in kernel.store.list(resource.kind, namespace):
            references = obj["metadata"].get("ownerReferences") or ()
            if any(reference["uid"] == uid for reference in references):
                kept = [reference for reference in references if reference["uid"] != uid]
                kernel.store.update(
                    resource.kind, {**obj, "metadata": {**obj["metadata"], "ownerReferences": kept}}
                )
