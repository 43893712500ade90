"""The three client-side patch formats: JSON patch, merge patch, strategic merge patch."""

import json
from typing import Any, Final

import jsonpatch
from jsonpointer import JsonPointerException

from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.schema import Schema, field_of, items_of, resolved

ORDER: Final = "$setElementOrder/"
DELETE_PRIMITIVES: Final = "$deleteFromPrimitiveList/"


def json_patch(document: Object, operations: Any) -> Object:
    """RFC 6902. Raises ApiError 422 when an operation, a path or a test fails."""
    try:
        patched: Object = jsonpatch.apply_patch(document, operations)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError) as e:
        raise ApiError.unprocessable(str(e)) from e
    return patched


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: null deletes, lists are replaced."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def strategic_patch(target: Any, patch: Any, schema: Schema) -> Any:
    """Strategic merge: lists with a merge key merge by it; `$patch` and its kin direct. Raises ApiError 422."""
    if not isinstance(patch, dict):
        return patch
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    merged = dict(target) if isinstance(target, dict) else {}
    if (retained := patch.get("$retainKeys")) is not None:
        merged = {key: value for key, value in merged.items() if key in retained}
    for key, value in patch.items():
        if key.startswith(DELETE_PRIMITIVES):
            name = key[len(DELETE_PRIMITIVES) :]
            merged[name] = [item for item in merged.get(name) or [] if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            merged.pop(key, None)
        elif isinstance(value, list):
            merged[key] = _patched_list(merged.get(key) or [], value, field_of(schema, key))
        else:
            merged[key] = strategic_patch(merged.get(key), value, field_of(schema, key))
    for key, order in patch.items():
        if key.startswith(ORDER) and merged.get(name := key[len(ORDER) :]):
            merge_key = resolved(field_of(schema, name)).get("x-kubernetes-patch-merge-key")
            merged[name] = _ordered(merged[name], order, merge_key)
    return merged


def _patched_list(current: list[Any], patch: list[Any], schema: Schema) -> list[Any]:
    rules = resolved(schema)
    if "merge" not in rules.get("x-kubernetes-patch-strategy", "").split(","):
        return _without_directives(patch)
    if {"$patch": "replace"} in patch:
        return _without_directives(patch)
    merge_key = rules.get("x-kubernetes-patch-merge-key")
    if merge_key is None:
        return current + [item for item in patch if item not in current]
    merged = list(current)
    for item in patch:
        if merge_key not in item:
            text = f"map: {json.dumps(item)} does not contain declared merge key: {merge_key}"
            raise ApiError.unprocessable(text)
        at = [i for i, old in enumerate(merged) if old.get(merge_key) == item[merge_key]]
        if item.get("$patch") == "delete":
            merged = [old for i, old in enumerate(merged) if i not in at]
        elif at:
            merged[at[0]] = strategic_patch(merged[at[0]], item, items_of(schema))
        else:
            merged.append(strategic_patch({}, item, items_of(schema)))
    return merged


def _without_directives(patch: list[Any]) -> list[Any]:
    kept = [item for item in patch if not (isinstance(item, dict) and item.keys() == {"$patch"})]
    return [
        {key: value for key, value in item.items() if not key.startswith("$")} if isinstance(item, dict) else item
        for item in kept
    ]


def _ordered(current: list[Any], order: list[Any], merge_key: str | None) -> list[Any]:
    """`current` in the wanted order; items that only the server knows stay where they are."""

    def identity(item: Any) -> Any:
        return item.get(merge_key) if merge_key else item

    position = {identity(item): i for i, item in enumerate(order)}
    named = iter(sorted((x for x in current if identity(x) in position), key=lambda x: position[identity(x)]))
    return [next(named) if identity(item) in position else item for item in current]
