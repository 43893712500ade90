"""Who owns which field: `managedFields`, the sets of fields they hold, and what an update changes in them.

A path is the way to a leaf in FieldsV1 spelling: `f:NAME` a field, `k:{...}` a list item by its keys, `v:...` a
member of a set, `.` the item itself (sigs.k8s.io/structured-merge-diff).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lab.cluster.ports import Object
from lab.cluster.schema import Schema, field_of, items_of, resolved

Path = tuple[str, ...]
OWNED_METADATA: Final = ("labels", "annotations", "finalizers", "ownerReferences")
KEY_DEFAULTS: Final[Mapping[str, str]] = {"protocol": "TCP"}
"""List keys that the API fills in: two ports that differ by an unwritten protocol are one."""


def key_of(item: Mapping[str, Any], schema: Schema) -> str:
    """The `k:` element of an item of a keyed list."""
    keys = resolved(schema).get("x-kubernetes-list-map-keys", ())
    found = {key: item.get(key, KEY_DEFAULTS.get(key)) for key in keys}
    return "k:" + json.dumps({k: v for k, v in found.items() if v is not None}, separators=(",", ":"))


def leaves_of(obj: Object, schema: Schema, subresource: str | None = None) -> dict[Path, Any]:
    """Every ownable leaf of an object with its value: the status for its subresource, else all but the status."""
    if subresource == "status":
        owned: Object = {"status": obj.get("status") or {}}
    else:
        owned = {k: v for k, v in obj.items() if k not in ("apiVersion", "kind", "status", "metadata")}
        meta = {k: v for k, v in (obj.get("metadata") or {}).items() if k in OWNED_METADATA and v}
        owned |= {"metadata": meta} if meta else {}
    return dict(_leaves(owned, schema, ())) if owned else {}


def _leaves(value: Any, schema: Schema, at: Path) -> Iterator[tuple[Path, Any]]:
    rules = resolved(schema)
    if isinstance(value, dict) and value and rules.get("x-kubernetes-map-type") != "atomic":
        for name, inner in value.items():
            yield from _leaves(inner, field_of(rules, name), (*at, f"f:{name}"))
        return
    if isinstance(value, list):
        match rules.get("x-kubernetes-list-type"):
            case "map":
                for item in value:
                    here = (*at, key_of(item, rules))
                    yield (*here, "."), True
                    yield from _leaves(item, items_of(rules), here)
                return
            case "set":
                for item in value:
                    yield (*at, "v:" + json.dumps(item, separators=(",", ":"))), item
                return
    yield at, value


def paths_of(fields: Mapping[str, Any]) -> set[Path]:
    """The leaves of a stored `fieldsV1`."""
    return set(_walk(fields, ()))


def _walk(fields: Mapping[str, Any], at: Path) -> Iterator[Path]:
    for name, inner in fields.items():
        if inner:
            yield from _walk(inner, (*at, name))
        else:
            yield (*at, name)


def fields_of(paths: Iterable[Path]) -> dict[str, Any]:
    """`fieldsV1` of a set of leaves."""
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        branch = tree
        for element in path:
            branch = branch.setdefault(element, {})
    return tree


def entry(manager: str, operation: str, api_version: str, at: str, paths: Iterable[Path]) -> Object:
    """One item of `managedFields`."""
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        "time": at,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_of(paths),
    }


def after_update(
    old: Object | None, new: Object, schema: Schema, manager: str, at: str, subresource: str | None = None
) -> list[Object]:
    """`managedFields` once `manager` has changed `old` into `new` by create, update or patch."""
    before = leaves_of(old or {}, schema, subresource)
    after = leaves_of(new, schema, subresource)
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    gone = before.keys() - after.keys()
    taken = {path for path in changed if path[-1] != "."}
    out: list[Object] = []
    mine: set[Path] = set()
    for held in (old or {}).get("metadata", {}).get("managedFields") or []:
        paths = paths_of(held["fieldsV1"]) - gone
        if (held["manager"], held["operation"], held.get("subresource")) == (manager, "Update", subresource):
            if not changed:
                out.append({**held, "fieldsV1": fields_of(paths)})
            mine = paths
        elif paths - taken:
            out.append({**held, "fieldsV1": fields_of(paths - taken)})
    if changed:
        ours = entry(manager, "Update", new["apiVersion"], at, mine | changed)
        out.append({**ours, "subresource": subresource} if subresource else ours)
    return out
