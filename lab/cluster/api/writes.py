"""Create and update: from a decoded body to a stored object, through validation and admission."""

from lab.cluster import event_view
from lab.cluster.api.answer import Answer
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.reads import rendered
from lab.cluster.api.request import Request, Target
from lab.cluster.errors import ApiError
from lab.cluster.kind_rules import check_kind
from lab.cluster.ownership import after_update
from lab.cluster.ports import Object
from lab.cluster.resources import Resource
from lab.cluster.schema import root_of
from lab.cluster.store import copy_of
from lab.cluster.validation import check_name, check_shape

SERVER_SET = ("uid", "resourceVersion", "creationTimestamp", "selfLink", "deletionTimestamp", "generation")


def create(kernel: Kernel, request: Request, target: Target) -> Answer:
    """POST. Raises ApiError."""
    resource = target.resource
    body = request.decoded_object()
    if "protobuf" not in request.media_type:
        check_type(resource, body)
    stored, warnings = created(kernel, request, target, body)
    return rendered(kernel, request, resource, stored, 201, warnings)


def check_type(resource: Resource, body: Object) -> None:
    """Raises ApiError 400 when a body says that it is something else."""
    kind, version = body.get("kind"), body.get("apiVersion")
    if kind and kind != resource.kind:
        group_version = f'no kind "{kind}" is registered for version "{version or resource.api_version}"'
        raise ApiError.undecodable(resource, group_version)
    if version and version != resource.api_version:
        raise ApiError.bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({resource.api_version})"
        )


def created(
    kernel: Kernel, request: Request, target: Target, body: Object, applied_by: list[Object] | None = None
) -> tuple[Object, tuple[str, ...]]:
    """Store a new object: (the object, warnings). `applied_by` is its managedFields when it was applied."""
    resource, kind = target.resource, target.resource.kind
    obj = {**body, "apiVersion": resource.api_version, "kind": kind}
    warnings = check_shape(resource, obj, request.query.get("fieldValidation", "Warn"))
    obj = _stored(resource, obj)
    meta = obj["metadata"] = {k: v for k, v in (obj.get("metadata") or {}).items() if k not in SERVER_SET}
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"] + kernel.store.suffix(dry_run=request.is_dry_run)
    check_name(resource, meta.get("name") or "")
    if resource.namespaced:
        _place(kernel, target, meta)
    if "status" in resource.subresources:
        obj.pop("status", None)
    admitted = kernel.world.admit(kind, obj, "CREATE", request.is_dry_run)
    check_kind(resource, admitted, None)
    owners = applied_by or after_update(None, admitted, root_of(resource), request.manager, kernel.clock.iso())
    admitted["metadata"]["managedFields"] = owners
    return kernel.store.create(kind, admitted, request.is_dry_run), warnings


def _place(kernel: Kernel, target: Target, meta: Object) -> None:
    """Put an object into the namespace of the path. Raises ApiError 400 and 404."""
    if meta.get("namespace", target.namespace) != target.namespace:
        raise ApiError.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if not target.namespace:
        raise ApiError.bad_request("an empty namespace may not be set during creation")
    kernel.store.require("Namespace", None, target.namespace)
    meta["namespace"] = target.namespace


def update(kernel: Kernel, request: Request, target: Target) -> Answer:
    """PUT. Raises ApiError."""
    resource = target.resource
    body = request.decoded_object()
    check_type(resource, body)
    with kernel.store.lock:
        old = require(kernel, target)
        meta = {"name": target.name, **(body.get("metadata") or {})}
        if meta["name"] != target.name:
            raise ApiError.bad_request(
                f"the name of the object ({meta['name']}) does not match the name on the URL ({target.name})"
            )
        new, warnings = replaced(kernel, request, target, old, {**body, "metadata": meta})
    return rendered(kernel, request, resource, new, warnings=warnings)


def require(kernel: Kernel, target: Target) -> Object:
    """The object that a request is about. Raises ApiError 404 in the words of its resource."""
    found = kernel.store.get(target.resource.kind, target.namespace, target.name)
    if found is None:
        raise ApiError.not_found(target.resource, target.name)
    return found


def replaced(
    kernel: Kernel,
    request: Request,
    target: Target,
    old: Object,
    body: Object,
    applied_by: list[Object] | None = None,
) -> tuple[Object, tuple[str, ...]]:
    """Store a new state of `old`: (the object, warnings)."""
    resource, kind = target.resource, target.resource.kind
    obj = copy_of({**body, "apiVersion": resource.api_version, "kind": kind})
    warnings = check_shape(resource, obj, request.query.get("fieldValidation", "Warn"))
    obj = _stored(resource, obj)
    if resource.namespaced:
        obj["metadata"]["namespace"] = target.namespace
    if target.subresource == "status":
        obj = _with_status(old, obj)
    else:
        if "status" in resource.subresources:
            obj.pop("status", None)
            obj |= {"status": copy_of(old["status"])} if "status" in old else {}
        obj = kernel.world.admit(kind, obj, "UPDATE", request.is_dry_run)
        check_kind(resource, obj, old)
    subresource = target.subresource or None
    now = kernel.clock.iso()
    obj["metadata"]["managedFields"] = (
        after_update(old, obj, root_of(resource), request.manager, now, subresource)
        if applied_by is None
        else applied_by
    )
    return kernel.store.update(kind, obj, request.is_dry_run), warnings


def _with_status(old: Object, new: Object) -> Object:
    """The old object with the new status, still guarded by the version that the caller knew."""
    obj = copy_of(old)
    obj["status"] = new.get("status") or {}
    if version := new["metadata"].get("resourceVersion"):
        obj["metadata"]["resourceVersion"] = version
    return obj


def _stored(resource: Resource, obj: Object) -> Object:
    return event_view.inward(obj) if event_view.is_view(resource) else obj
