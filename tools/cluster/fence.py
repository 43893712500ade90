"""A change as the one HTTP request that can only succeed on the state it was made for.

* A patch tests the uid and replaces the resourceVersion by the one that was read: the API server answers 409 when
  the object has changed since. Two requests with the same resourceVersion can never both succeed.
* A delete carries both as preconditions.
* A create rests on the name: it fails when an object of that name is there. (A create that was delayed for so long
  that its object was made by another executor and deleted again meanwhile cannot be told apart by any precondition
  that Kubernetes offers.)

Patched and created objects carry the action's id in an annotation, so that a later look can tell what happened.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from domain.actions import Change
from domain.base import Json
from domain.errors import BadInput
from tools.cluster.resources import path_of, resource_of

FIELD_MANAGER = "aoi"
ACTION_ID = "aoi.dev/action-id"
"""Annotation that names the proposal whose write the object carries."""

JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class Request:
    """What goes over the wire."""

    method: str
    path: str
    body: Any
    content_type: str
    query: dict[str, str]


def fenced(change: Change, live: Json | None, action_id: str | None, dry_run: bool) -> Request:
    """The request for a change of the object as it was read; `live` is `None` for a create.

    `dry_run` makes the API server go all the way but for storing. A delete says so in its body as well, because
    the server ignores the query of a delete that has a body. Raises `BadInput` for a change that does not fit
    the object.
    """
    query = {"fieldManager": FIELD_MANAGER} | ({"dryRun": "All"} if dry_run else {})
    path = path_of(change.target, change.subresource)
    match change.verb:
        case "create":
            if live is not None or not isinstance(change.body, dict):
                raise BadInput(f"{change.target} is there already and cannot be created.")
            collection = resource_of(change.target.kind).collection(change.target.namespace)
            body = _annotated(change.body, action_id)
            return Request("POST", collection, body, "application/json", query | {"fieldValidation": "Strict"})
        case "delete":
            options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
            lock = {"uid": _read(live, change)["uid"], "resourceVersion": _read(live, change)["resourceVersion"]}
            body = options | {"preconditions": lock} | ({"dryRun": ["All"]} if dry_run else {})
            return Request("DELETE", path, body, "application/json", {"dryRun": "All"} if dry_run else {})
        case "patch":
            if not isinstance(change.body, list) or change.patch_type != "json":
                raise BadInput(f"The change of {change.target} is no JSON patch; AOI sends no other kind.")
            operations = [*_lock(_read(live, change)), *change.body, *_mark(_read(live, change), action_id)]
            return Request("PATCH", path, operations, JSON_PATCH, query | {"fieldValidation": "Strict"})


def _read(live: Json | None, change: Change) -> Json:
    if live is None:
        raise BadInput(f"{change.target} is not there any more.")
    metadata: Json = live["metadata"]
    return metadata


def _lock(metadata: Json) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": "/metadata/uid", "value": metadata["uid"]},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
    ]


def _mark(metadata: Json, action_id: str | None) -> list[dict[str, Any]]:
    if action_id is None:
        return []
    if metadata.get("annotations"):
        path = "/metadata/annotations/" + ACTION_ID.replace("/", "~1")
        return [{"op": "add", "path": path, "value": action_id}]
    return [{"op": "add", "path": "/metadata/annotations", "value": {ACTION_ID: action_id}}]


def _annotated(body: Json, action_id: str | None) -> dict[str, Any]:
    copy = deepcopy(dict(body))
    if action_id is not None:
        metadata = copy.setdefault("metadata", {})
        metadata["annotations"] = (metadata.get("annotations") or {}) | {ACTION_ID: action_id}
    return copy
