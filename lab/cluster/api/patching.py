"""PATCH: the four formats, each ending in an ordinary update (or, for apply, in a create)."""

from typing import Final

import yaml

from lab.cluster import event_view
from lab.cluster.api.answer import Answer
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.reads import rendered
from lab.cluster.api.request import Request, Target
from lab.cluster.api.writes import check_type, created, replaced, require
from lab.cluster.apply import applied
from lab.cluster.authz import Attributes, authorize
from lab.cluster.errors import ApiError, Cause
from lab.cluster.patches import json_patch, merge_patch, strategic_patch
from lab.cluster.ports import Object
from lab.cluster.resources import Resource
from lab.cluster.schema import Schema, root_of
from lab.cluster.store import copy_of

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCHES: Final = ("application/apply-patch+yaml", "application/apply-patch+json")


def patch(kernel: Kernel, request: Request, target: Target) -> Answer:
    """PATCH. Raises ApiError."""
    with kernel.store.lock:
        if request.media_type in APPLY_PATCHES:
            return _apply(kernel, request, target)
        old = require(kernel, target)
        shown = event_view.outward(old) if event_view.is_view(target.resource) else old
        new = patched(request, copy_of(shown), root_of(target.resource), target.resource.custom)
        _check_identity(target.resource, old, new)
        stored, warnings = replaced(kernel, request, target, old, new)
    return rendered(kernel, request, target.resource, stored, warnings=warnings)


def patched(request: Request, document: Object, schema: Schema, custom: bool = False) -> Object:
    """The document after the request's patch. Raises ApiError 400, 415 and 422.

    `custom` resources have no merge keys, and so no strategic patches.
    """
    change = request.decoded()
    match request.media_type:
        case "application/json-patch+json":
            return json_patch(document, change)
        case "application/merge-patch+json":
            merged: Object = merge_patch(document, change)
        case "application/strategic-merge-patch+json" if not custom:
            merged = strategic_patch(document, change, schema)
        case _:
            strategic = () if custom else (STRATEGIC_PATCH,)
            raise ApiError.unsupported_media_type((JSON_PATCH, MERGE_PATCH, *strategic, *APPLY_PATCHES[:1]))
    if not isinstance(change, dict):
        raise ApiError.bad_request("the patch is not an object")
    return merged


def _check_identity(resource: Resource, old: Object, new: Object) -> None:
    """Raises ApiError 422 when a patch renames the object."""
    name, wanted = old["metadata"]["name"], (new.get("metadata") or {}).get("name")
    if wanted != name:
        cause = Cause("metadata.name", f'Invalid value: "{wanted}": field is immutable')
        raise ApiError.invalid(resource, name, [cause])


def _apply(kernel: Kernel, request: Request, target: Target) -> Answer:
    resource, manager = target.resource, request.query.get("fieldManager")
    if not manager:
        why = "fieldManager: Required value: is required for apply patch"
        raise ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {why}')
    try:
        config = yaml.load(request.body, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as e:
        raise ApiError.bad_request(f"error decoding YAML: {e}") from e
    if not isinstance(config, dict):
        raise ApiError.bad_request("the applied configuration is not an object")
    check_type(resource, config)
    config = {**config, "apiVersion": resource.api_version, "kind": resource.kind}
    meta = config["metadata"] = {"name": target.name, **(config.get("metadata") or {})}
    if "managedFields" in meta:
        raise ApiError.bad_request("metadata.managedFields must be nil")
    if resource.namespaced:
        meta["namespace"] = target.namespace
    old = kernel.store.get(resource.kind, target.namespace, target.name)
    force = request.query.get("force") == "true"
    new = applied(old, config, root_of(resource), manager, force, kernel.clock.iso())
    owners = new["metadata"].pop("managedFields")
    if old is None:
        where = Attributes("create", resource.group, resource.plural, "", target.namespace, target.name)
        authorize(kernel.store, request.user, resource, where)
        stored, warnings = created(kernel, request, target, new, owners)
        return rendered(kernel, request, resource, stored, 201, warnings)
    new["metadata"].pop("resourceVersion", None)
    if version := meta.get("resourceVersion"):
        new["metadata"]["resourceVersion"] = version
    stored, warnings = replaced(kernel, request, target, old, new, owners)
    return rendered(kernel, request, resource, stored, warnings=warnings)
