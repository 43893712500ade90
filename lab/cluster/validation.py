"""The shape that an object must have: its schema and its name."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from lab.cluster.errors import ApiError, Cause
from lab.cluster.ports import Object
from lab.cluster.resources import Resource
from lab.cluster.schema import Schema, field_of, items_of, resolved, root_of

SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
SUBDOMAIN_RULE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    f"'{SUBDOMAIN.pattern}')"
)
GO_TYPES: Final = {"object": "map", "array": "slice", "string": "string", "integer": "int32", "boolean": "bool"}
JSON_NAMES: Final = {str: "string", dict: "object", list: "array", bool: "bool", int: "number", float: "number"}
PYTHON_TYPES: Final[dict[str, type[Any]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}


@dataclass
class Shape:
    """What a walk over an object found wrong."""

    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    mistyped: list[tuple[str, str, Any]] = field(default_factory=list)
    """(path, expected OpenAPI type, value)"""


def check_shape(resource: Resource, obj: Object, field_validation: str) -> tuple[str, ...]:
    """Drop unknown fields and return one warning for each; with `Strict` they are refused.

    Raises ApiError 400 for wrong types and strict decoding errors, 422 for missing fields.
    """
    shape = Shape()
    _walk(root_of(resource), obj, "", shape)
    if shape.mistyped:
        path, wanted, value = shape.mistyped[0]
        got = JSON_NAMES.get(type(value), "null")
        where = f"Go struct field {resource.kind}.{path} of type {GO_TYPES[wanted]}"
        raise ApiError.undecodable(resource, f"json: cannot unmarshal {got} into {where}")
    unknown = tuple(f'unknown field "{path}"' for path in shape.unknown)
    if unknown and field_validation == "Strict":
        raise ApiError.undecodable(resource, "strict decoding error: " + ", ".join(unknown))
    for path in shape.unknown:
        _drop(obj, path)
    missing = [path for path in shape.missing if not path.startswith(("status", "metadata."))]
    if missing:
        name = obj.get("metadata", {}).get("name", "")
        causes = [Cause(path, "Required value", "FieldValueRequired") for path in missing]
        raise ApiError.invalid(resource, name, causes)
    return unknown if field_validation != "Ignore" else ()


def _walk(schema: Schema, value: Any, path: str, shape: Shape) -> None:
    rules = resolved(schema)
    kind = rules.get("type")
    if value is None or kind not in PYTHON_TYPES or "oneOf" in rules:
        return
    if not isinstance(value, PYTHON_TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        shape.mistyped.append((path, kind, value))
    elif kind == "array":
        for i, item in enumerate(value):
            _walk(items_of(rules), item, f"{path}[{i}]", shape)
    elif kind == "object":
        dot = f"{path}." if path else ""
        shape.missing += [f"{dot}{name}" for name in rules.get("required", ()) if value.get(name) is None]
        known = rules.get("properties")
        for name, inner in value.items():
            if known and name not in known and "additionalProperties" not in rules:
                shape.unknown.append(f"{dot}{name}")
            else:
                _walk(field_of(rules, name), inner, f"{dot}{name}", shape)


def _drop(obj: Any, path: str) -> None:
    *way, last = re.findall(r"[^.\[\]]+", path)
    for step in way:
        obj = obj[int(step)] if isinstance(obj, list) else obj.get(step)
    obj.pop(last, None)


def check_name(resource: Resource, name: str) -> None:
    """Raises ApiError 422 for a name that Kubernetes would not take; RBAC names may hold anything."""
    if not name:
        text = "Required value: name or generateName is required"
        raise ApiError.invalid(resource, "", [Cause("metadata.name", text, "FieldValueRequired")])
    if resource.group != "rbac.authorization.k8s.io" and not (SUBDOMAIN.fullmatch(name) and len(name) <= 253):
        cause = Cause("metadata.name", f'Invalid value: "{name}": {SUBDOMAIN_RULE}')
        raise ApiError.invalid(resource, name, [cause])
