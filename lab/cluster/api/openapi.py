"""OpenAPI v3: what kubectl reads before it applies, explains or asks for a dry run."""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import orjson

from lab.cluster.api.answer import Answer, json_answer
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.resources import Resource, group_versions
from lab.cluster.schema import PREFIX, definitions, name_of

WRITE_PARAMETERS: Final = [
    {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
    for name in ("dryRun", "fieldManager", "fieldValidation", "pretty")
] + [{"name": "force", "in": "query", "schema": {"type": "boolean", "uniqueItems": True}}]
"""kubectl looks for `dryRun` and `fieldValidation` on PATCH before it sends them."""


def serve(rest: list[str]) -> Answer:
    """`/openapi/v3` and below. Raises ApiError 404: v2 is protobuf, which only kubectl before 1.28 wants."""
    match rest:
        case ["v3"]:
            return json_answer(_index())
        case ["v3", "api", version]:
            return _document("", version)
        case ["v3", "apis", group, version]:
            return _document(group, version)
        case _:
            raise ApiError.no_such_path()


def _path_of(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


@cache
def _index() -> Object:
    return {
        "paths": {
            _path_of(*key): {"serverRelativeURL": f"/openapi/v3/{_path_of(*key)}?hash={_hash(*key)}"}
            for key in group_versions()
        }
    }


def _hash(group: str, version: str) -> str:
    return hashlib.sha256(f"{group}/{version}".encode()).hexdigest().upper()


@cache
def _document(group: str, version: str) -> Answer:
    served = group_versions().get((group, version))
    if served is None:
        raise ApiError.no_such_path()
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for resource in served:
        if name := name_of(resource):
            _collect(name, schemas)
            base = f"/{_path_of(group, version)}" + ("/namespaces/{namespace}" if resource.namespaced else "")
            paths |= dict(_operations(resource, f"{base}/{resource.plural}", {"$ref": PREFIX + name}))
    info = {"title": "Kubernetes", "version": "v1.33.1"}
    document = {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
    return Answer(200, orjson.dumps(document))


def _collect(name: str, schemas: dict[str, Any]) -> None:
    """Add a definition and all that it refers to."""
    if name not in schemas:
        schemas[name] = definitions()[name]
        for target in _references(schemas[name]):
            _collect(target, schemas)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"][len(PREFIX) :]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _operations(resource: Resource, base: str, reference: Object) -> Iterator[tuple[str, Object]]:
    gvk = {"group": resource.group, "version": resource.version, "kind": resource.kind}

    def operation(action: str, parameters: list[Any]) -> Object:
        return {
            "operationId": f"{action}{resource.kind}",
            "parameters": parameters,
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": gvk,
            "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
        }

    collection: Object = {"post": operation("post", WRITE_PARAMETERS)}
    if resource.stored:
        collection |= {
            "get": operation("list", []),
            "delete": operation("deletecollection", WRITE_PARAMETERS),
        }
    yield base, collection
    if resource.stored:
        writes = {method: operation(method, WRITE_PARAMETERS) for method in ("put", "patch", "delete")}
        yield f"{base}/{{name}}", {"get": operation("get", []), **writes}
