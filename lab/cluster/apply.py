"""Server-side apply: merge what a manager wants, refuse what another one owns, drop what it no longer wants."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from lab.cluster.errors import ApiError
from lab.cluster.ownership import Path, entry, fields_of, key_of, leaves_of, paths_of
from lab.cluster.ports import Object
from lab.cluster.schema import Schema, field_of, items_of, resolved
from lab.cluster.store import copy_of

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
Conflict = tuple[Object, Path]
"""A foreign entry of `managedFields` and the leaf of it that the applied configuration would change."""


def applied(live: Object | None, config: Object, schema: Schema, manager: str, force: bool, at: str) -> Object:
    """The object after `manager` applied `config`. Raises ApiError 409 with every conflict unless forced."""
    wanted = leaves_of(config, schema)
    now = leaves_of(live, schema) if live else {}
    held = (live or {}).get("metadata", {}).get("managedFields") or []
    mine = [e for e in held if (e["manager"], e["operation"]) == (manager, "Apply")]
    others = [e for e in held if e not in mine]
    conflicts = [
        (other, path)
        for other in others
        for path in sorted(paths_of(other["fieldsV1"]) & wanted.keys())
        if path[-1] != "." and now.get(path) != wanted[path]
    ]
    if conflicts and not force:
        raise _refusal(conflicts)
    merged: Object = _merged(copy_of(live or {}), copy_of(config), schema)
    foreign = {path for other in others for path in paths_of(other["fieldsV1"])}
    before = {path for e in mine for path in paths_of(e["fieldsV1"])}
    for path in _whole_items_first(before - wanted.keys() - foreign):
        _remove(merged, path, schema)
    lost = {path for _, path in conflicts}
    kept = [(other, paths_of(other["fieldsV1"]) - lost) for other in others]
    merged["metadata"]["managedFields"] = [
        *({**other, "fieldsV1": fields_of(paths)} for other, paths in kept if paths),
        entry(manager, "Apply", config["apiVersion"], at, wanted),
    ]
    return merged


def client_applied(live: Object, config: Object, schema: Schema) -> Object:
    """The object after kubectl's client-side apply: what only the last applied configuration had goes."""
    merged: Object = _merged(copy_of(live), copy_of(config), schema)
    note = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    before = leaves_of(json.loads(note), schema).keys() if note else set()
    for path in _whole_items_first(before - leaves_of(config, schema).keys()):
        _remove(merged, path, schema)
    return merged


def _whole_items_first(paths: Iterable[Path]) -> list[Path]:
    """The order in which leaves can be removed: an item that has lost its keys cannot be found any more."""
    return sorted(paths, key=lambda path: (path[-1] != ".", path))


def _merged(target: Any, config: Any, schema: Schema) -> Any:
    rules = resolved(schema)
    if isinstance(config, dict) and rules.get("x-kubernetes-map-type") != "atomic":
        out = target if isinstance(target, dict) else {}
        for name, value in config.items():
            out[name] = _merged(out.get(name), value, field_of(rules, name))
        return out
    if isinstance(config, list) and isinstance(target, list):
        match rules.get("x-kubernetes-list-type"):
            case "map":
                return _merged_items(target, config, rules)
            case "set":
                return target + [item for item in config if item not in target]
    return config


def _merged_items(target: list[Any], config: list[Any], schema: Schema) -> list[Any]:
    out = list(target)
    places = {key_of(item, schema): i for i, item in enumerate(out)}
    for item in config:
        place = places.get(key_of(item, schema))
        if place is None:
            out.append(item)
        else:
            out[place] = _merged(out[place], item, items_of(schema))
    return out


def _remove(value: Any, path: Path, schema: Schema) -> None:
    """Take the leaf at `path` out of `value`, and containers that it leaves empty."""
    rules, (step, *rest) = resolved(schema), path
    if step.startswith("f:") and isinstance(value, dict) and step[2:] in value:
        name = step[2:]
        if rest:
            _remove(value[name], tuple(rest), field_of(rules, name))
        if not rest or value[name] in ({}, []):
            del value[name]
    elif step.startswith("k:") and isinstance(value, list):
        for item in [item for item in value if key_of(item, rules) == step]:
            if rest in ([], ["."]):
                value.remove(item)
            else:
                _remove(item, tuple(rest), items_of(rules))
    elif step.startswith("v:") and isinstance(value, list) and json.loads(step[2:]) in value:
        value.remove(json.loads(step[2:]))


def _dotted(path: Path) -> str:
    """`.spec.template.spec.containers[name="c"].image`."""
    out = ""
    for step in path:
        if step.startswith("f:"):
            out += f".{step[2:]}"
        elif step.startswith("k:"):
            keys = json.loads(step[2:])
            out += "[" + ",".join(f"{name}={json.dumps(value)}" for name, value in keys.items()) + "]"
        else:
            out += f"[={step[2:]}]"
    return out


def _who(held: Object) -> str:
    sub = f' with subresource "{held["subresource"]}"' if held.get("subresource") else ""
    return f'"{held["manager"]}"{sub} using {held["apiVersion"]}'


def _refusal(conflicts: list[Conflict]) -> ApiError:
    by_owner: dict[str, list[str]] = defaultdict(list)
    for held, path in conflicts:
        by_owner[_who(held)].append(_dotted(path))
    if len(conflicts) == 1:
        ((owner, (field,)),) = by_owner.items()
        text = f"Apply failed with 1 conflict: conflict with {owner}: {field}"
    else:
        owners = "\n".join(
            f"conflicts with {owner}:\n" + "\n".join(f"- {field}" for field in fields)
            for owner, fields in by_owner.items()
        )
        text = f"Apply failed with {len(conflicts)} conflicts: {owners}"
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_who(held)}", "field": _dotted(path)}
        for held, path in conflicts
    ]
    return ApiError(409, "Conflict", text, {"causes": causes})
