"""The types of the API: fields of each kind and how their lists merge."""

import gzip
import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from lab.cluster.resources import Resource

Schema = dict[str, Any]
"""An OpenAPI v3 schema; empty where nothing is known, which allows everything."""
PREFIX: Final = "#/components/schemas/"


@cache
def definitions() -> dict[str, Schema]:
    """Every definition by its OpenAPI name, such as `io.k8s.api.core.v1.Pod`."""
    data = files("lab.cluster.data")
    loaded: dict[str, Schema] = json.loads(gzip.decompress(data.joinpath("schema.json.gz").read_bytes()))
    custom: dict[str, dict[str, Schema]] = yaml.load(
        data.joinpath("chaos_mesh.yaml").read_text(), Loader=yaml.CSafeLoader
    )
    return loaded | custom["definitions"]


@cache
def _names() -> dict[tuple[str, str, str], str]:
    return {
        (gvk["group"], gvk["version"], gvk["kind"]): name
        for name, schema in definitions().items()
        for gvk in schema.get("x-kubernetes-group-version-kind", ())
        if name.endswith("." + gvk["kind"])
    }


def name_of(resource: Resource) -> str | None:
    """The definition of a resource's kind; `None` for metrics, which publish none."""
    return _names().get((resource.group, resource.version, resource.kind))


def root_of(resource: Resource) -> Schema:
    """The schema of a resource's objects."""
    name = name_of(resource)
    return definitions()[name] if name else {}


def resolved(schema: Schema) -> Schema:
    """The schema with its reference followed; list and patch rules beside a reference are kept."""
    target = schema.get("$ref") or (schema["allOf"][0]["$ref"] if "allOf" in schema else None)
    if target is None:
        return schema
    rules = {key: value for key, value in schema.items() if key.startswith("x-")}
    return {**definitions()[target[len(PREFIX) :]], **rules}


def field_of(schema: Schema, name: str) -> Schema:
    """The schema of a field or of a map's value; empty when there is none."""
    known = resolved(schema)
    found = known.get("properties", {}).get(name, known.get("additionalProperties"))
    return found if isinstance(found, dict) else {}


def items_of(schema: Schema) -> Schema:
    """The schema of a list's items."""
    items: Schema = resolved(schema).get("items", {})
    return items
