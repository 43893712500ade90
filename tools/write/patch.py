"""JSON Patch between two states of an object: minimal, self-checking, and exact in both directions.

`difference(before, after)` is what will be sent, `difference(after, before)` takes it back. Every operation that
overwrites or removes is preceded by a `test` of the value it expects, and entries of named lists (containers,
variables, volumes) by a `test` of the name, so that a patch never lands on something other than what was shown.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import jsonpatch

from domain.base import Json

Operation = dict[str, Any]
"""One operation of RFC 6902: `op`, `path`, and `value` where it takes one."""

_NOT_OURS = frozenset({"apiVersion", "kind", "metadata", "status"})
"""Parts of an object that no action touches and the API server keeps by itself."""


class Stale(Exception):
    """The object is not in the state that the patch was made for."""


def difference(before: Json, after: Json) -> list[Operation]:
    """Operations that turn `before` into `after`, metadata and status left out; empty when nothing differs."""
    return list(_mapping(_content(before), _content(after), ""))


def applied(operations: Sequence[Operation], thing: Json) -> dict[str, Any]:
    """A copy of the object with the patch applied. Raises `Stale` when an expected value is not there."""
    state: dict[str, Any] = deepcopy(dict(thing))
    for operation in operations:
        if operation["op"] == "add" and _taken(state, operation["path"]):
            raise Stale(operation["path"])
        try:
            state = jsonpatch.apply_patch(state, [operation])
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as e:
            raise Stale(operation["path"]) from e
    return state


def _content(thing: Json) -> dict[str, Any]:
    return {key: value for key, value in thing.items() if key not in _NOT_OURS}


def _value(old: Any, new: Any, path: str) -> Iterator[Operation]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mapping(old, new, path)
    elif _named(old) and _named(new) and _same_order(old, new):
        yield from _named_list(old, new, path)
    else:
        yield {"op": "test", "path": path, "value": old}
        yield {"op": "replace", "path": path, "value": new}


def _mapping(old: dict[str, Any], new: dict[str, Any], path: str) -> Iterator[Operation]:
    for key in sorted(old.keys() | new.keys()):
        here = f"{path}/{_escaped(key)}"
        if key not in new:
            yield {"op": "test", "path": here, "value": old[key]}
            yield {"op": "remove", "path": here}
        elif key not in old:
            yield {"op": "add", "path": here, "value": new[key]}
        else:
            yield from _value(old[key], new[key], here)


def _named_list(old: list[Json], new: list[Json], path: str) -> Iterator[Operation]:
    """Removals from the end, so that positions stay true, then additions in order, then what changed inside."""
    wanted = {entry["name"] for entry in new}
    for position in reversed(range(len(old))):
        if old[position]["name"] not in wanted:
            yield {"op": "test", "path": f"{path}/{position}", "value": old[position]}
            yield {"op": "remove", "path": f"{path}/{position}"}
    known = {entry["name"]: entry for entry in old}
    for position, entry in enumerate(new):
        if entry["name"] not in known:
            yield {"op": "add", "path": f"{path}/{position}", "value": entry}
    for position, entry in enumerate(new):
        before = known.get(entry["name"], entry)
        if before != entry:
            yield {"op": "test", "path": f"{path}/{position}/name", "value": entry["name"]}
            yield from _mapping(dict(before), dict(entry), f"{path}/{position}")


def _named(value: Any) -> bool:
    """Whether a list's entries are told apart by their names."""
    if not isinstance(value, list) or not all(
        isinstance(v, dict) and isinstance(v.get("name"), str) for v in value
    ):
        return False
    return len({v["name"] for v in value}) == len(value)


def _same_order(old: list[Json], new: list[Json]) -> bool:
    """Whether the entries that both lists hold come in the same order."""
    before, after = [v["name"] for v in old], [v["name"] for v in new]
    return [n for n in before if n in after] == [n for n in after if n in before]


def _taken(state: dict[str, Any], path: str) -> bool:
    """Whether a key that is to be added is there already; `add` alone would overwrite it."""
    parent, _, last = path.rpartition("/")
    try:
        holder = jsonpatch.JsonPointer(parent).resolve(state)
    except jsonpatch.JsonPointerException:
        return False
    return isinstance(holder, dict) and last.replace("~1", "/").replace("~0", "~") in holder


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
