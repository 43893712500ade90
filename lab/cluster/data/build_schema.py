"""Reduce the Kubernetes 1.33 schema to what the embedded API server needs.

    pip download --no-deps kubernetes-validate==1.37.0 && unzip kubernetes_validate-*.whl -d unpacked
    python -m lab.cluster.data.build_schema \\
        unpacked/kubernetes_validate/kubernetes-json-schema/v1.33.0-local/_definitions.json

It keeps the kinds that the lab serves and what they refer to, with the first sentence of each description.
See NOTICE for the origin of the data.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lab.cluster.resources import RESOURCES

TARGET: Final = Path(__file__).with_name("schema.json.gz")
PREFIX: Final = "#/components/schemas/"
EXTRA_KINDS: Final = {("autoscaling", "v1", "Scale"), ("policy", "v1", "Eviction"), ("", "v1", "DeleteOptions")}
KEPT: Final = frozenset(
    (
        *("required", "format", "enum", "default", "x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy"),
        *("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"),
        *("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
    )
)


def reduced(schema: dict[str, Any]) -> dict[str, Any]:
    """One definition in the shape of OpenAPI v3."""
    out: dict[str, Any] = {key: schema[key] for key in sorted(KEPT & schema.keys())}
    if text := schema.get("description"):
        out["description"] = re.split(r"(?<=[a-z)\]])\.\s", text, maxsplit=1)[0].rstrip(".") + "."
    if kinds := schema.get("x-kubernetes-group-version-kind"):
        out["x-kubernetes-group-version-kind"] = kinds if len(kinds) < 5 else kinds[:1]
    if (types := schema.get("type")) is not None:
        out["type"] = next(t for t in types if t != "null") if isinstance(types, list) else types
    if target := schema.get("$ref"):
        out["allOf"] = [{"$ref": PREFIX + target.rsplit("/", 1)[1]}]
    if properties := schema.get("properties"):
        out["properties"] = {name: reduced(value) for name, value in properties.items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            out[key] = reduced(schema[key])
    if options := schema.get("oneOf"):
        out["oneOf"] = [reduced(option) for option in options]
    return {"$ref": out["allOf"][0]["$ref"]} if out.keys() == {"allOf"} else out


def references(schema: Any) -> Iterator[str]:
    """Names of the definitions that a schema mentions."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rsplit("/", 1)[1]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def served(definitions: dict[str, Any]) -> Iterator[str]:
    """Names of the definitions of the kinds that the lab serves."""
    wanted = {(r.group, r.version, r.kind) for r in RESOURCES} | EXTRA_KINDS
    for name, schema in definitions.items():
        for gvk in schema.get("x-kubernetes-group-version-kind", ()):
            if (gvk["group"], gvk["version"], gvk["kind"]) in wanted and name.endswith("." + gvk["kind"]):
                yield name


def main(source: Path) -> None:
    """Write `schema.json.gz`."""
    definitions = json.loads(source.read_text())["$defs"]
    kept: dict[str, Any] = {}
    todo = sorted(set(served(definitions)))
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = reduced(definitions[name])
            todo += references(kept[name])
    packed = gzip.compress(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode(), 9, mtime=0)
    TARGET.write_bytes(packed)
    sys.stdout.write(f"{len(kept)} definitions, {len(packed)} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
