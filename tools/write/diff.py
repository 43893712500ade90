"""The difference between an object as it is and as the API server says it would be, for people to read."""

import difflib
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import yaml

from domain.base import Json
from tools.cluster.fence import ACTION_ID

MOST_LINES = 100
MOST_CHARS = 200
"""Longest line; the rest of it is cut."""
_CONTEXT = 2
_LONG = 60
"""Characters from which on JSON is easier to read over several lines."""

_NOISE = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_NOISY_ANNOTATIONS = (
    ACTION_ID,
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)
_MARKS = (
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
)
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Redact = Callable[[Json], Json]


def diff_of(before: Json | None, after: Json | None, redact: Redact) -> str:
    """Unified diff of the two as YAML, noise removed, redacted, each hunk under the path where it lies.

    `None` stands for an object that is not there. Of a long diff the first `MOST_LINES` lines are given, with a
    note of how many follow.
    """
    old, new = _lines(before, redact), _lines(after, redact)
    unified = list(difflib.unified_diff(old, new, "now", "after", n=_CONTEXT, lineterm=""))
    shown = [_cut(line) for line in _placed(unified, old, new)]
    if len(shown) > MOST_LINES:
        more = len(shown) - MOST_LINES
        shown = [*shown[:MOST_LINES], f"… {more} more lines"]
    return "\n".join(shown)


def outline(thing: Json) -> dict[str, Any]:
    """An object by name and owner, for one that is deleted and nothing is lost with it."""
    metadata = {key: thing["metadata"][key] for key in ("name", "namespace") if key in thing["metadata"]}
    owners = [f"{o['kind']} {o['name']}" for o in thing["metadata"].get("ownerReferences") or []]
    return {"kind": thing.get("kind"), "metadata": metadata, "controlledBy": owners}


def without_noise(thing: Json) -> dict[str, Any]:
    """The object without what the server and its controllers keep for themselves."""
    copy = deepcopy(dict(thing))
    copy.pop("status", None)
    metadata = copy.get("metadata", {})
    for name in _NOISE:
        metadata.pop(name, None)
    annotations = metadata.get("annotations") or {}
    for name in _NOISY_ANNOTATIONS:
        annotations.pop(name, None)
    if "annotations" in metadata and not annotations:
        del metadata["annotations"]
    return _telling(copy) if copy.get("kind") == "Job" else copy


def _telling(job: dict[str, Any]) -> dict[str, Any]:
    """A Job with what it runs first, and without the marks by which its controller knows its pods."""
    spec = job["spec"]
    spec.pop("selector", None)
    labels = spec["template"].get("metadata", {}).get("labels") or {}
    for name in _MARKS:
        labels.pop(name, None)
    pod = spec["template"]["spec"]
    pod["containers"] = [_first(c, "command", "args", "env", "image", "volumeMounts") for c in pod["containers"]]
    spec["template"] = _first(spec["template"] | {"spec": _first(pod, "containers", "volumes")}, "spec")
    return _first(job | {"spec": _first(spec, "template")}, "kind", "spec")


def _first(mapping: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same entries, with these at the beginning."""
    return {name: mapping[name] for name in names if name in mapping} | mapping


class _Dumper(yaml.SafeDumper):
    """YAML with block scalars for texts of several lines, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _lines(thing: Json | None, redact: Redact) -> list[str]:
    if thing is None:
        return []
    clean = _opened(redact(without_noise(thing)))
    dumped: str = yaml.dump(dict(clean), Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return dumped.splitlines()


def _opened(value: Any) -> Any:
    """The value with JSON texts spread over lines, since the redactor writes each of them on one."""
    if isinstance(value, dict):
        return {key: _opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if isinstance(value, str) and len(value) > _LONG and value[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
        except ValueError:
            return value
    return value


def _placed(unified: list[str], old: list[str], new: list[str]) -> Iterator[str]:
    """The diff with each hunk's line numbers replaced by the path to its first changed line."""
    for position, line in enumerate(unified):
        match = _HUNK.match(line)
        if match is None:
            yield line
            continue
        until = next(i for i in range(position + 1, len(unified)) if unified[i][:1] in "+-") - position - 1
        removed = unified[position + 1 + until].startswith("-")
        side, start = (old, int(match[1])) if removed else (new, int(match[2]))
        yield f"@@ {_path(side, start - 1 + until) or 'object'} @@"


def _path(lines: list[str], number: int) -> str:
    """The keys above a line of YAML, by indentation, outermost first: `spec.template.spec.containers`."""
    keys: list[str] = []
    depth = _depth(lines[number])
    for line in reversed(lines[:number]):
        key, colon, rest = line.lstrip(" -").partition(":")
        if colon and _depth(line) < depth:
            depth = _depth(line)
            if not rest.strip() or rest.strip() == "|":
                keys.append(key)
    return ".".join(reversed(keys))


def _depth(line: str) -> int:
    """Indentation, where the dash of a list entry lies deeper than the key above it."""
    stripped = line.lstrip(" ")
    blanks = len(line) - len(stripped)
    return 2 * blanks + (1 if stripped.startswith("- ") else 0)


def _cut(line: str) -> str:
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + "…"
