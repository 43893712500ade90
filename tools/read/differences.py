"""Two objects by what differs: only the changed fields, each with its old and its new value."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.base import Json
from tools.analyzers.applied import applied
from tools.analyzers.quantity import amount

Leaf = tuple[str, Any]
_SHORT = 160
"""Characters of a value in a sentence."""
_LINES = 4
"""Changed lines of a text that a sentence holds."""
_GENERATED = ("metadata.labels.pod-template-hash", "metadata.creationTimestamp")


@dataclass(frozen=True)
class Difference:
    """One leaf that differs; `None` where it was or is absent."""

    path: str
    """`containers.web.image`; entries of named lists by their name."""
    old: Any
    new: Any

    def __str__(self) -> str:
        if _is_text(self.old) and _is_text(self.new):
            return f"{self.path}: {_changed_lines(self.old, self.new)}"
        return f"{self.path}: {_short(self.old)} -> {_short(self.new)}"

    def unified(self) -> str:
        """As lines of a diff, uncut; of a text of several lines, only those that changed."""
        if _is_text(self.old) and _is_text(self.new):
            changed = "\n".join(f"{mark}  {line}" for mark, line in _marked(self.old, self.new))
            return f" {self.path}:\n{changed}"
        return f"-{self.path}: {_text(self.old)}\n+{self.path}: {_text(self.new)}"


def differences(before: Json, after: Json) -> tuple[Difference, ...]:
    """The leaves that differ between two pod templates, in the order they are written."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = (*old, *(path for path in new if path not in old))
    return tuple(
        Difference(path, old.get(path), new.get(path))
        for path in paths
        if old.get(path) != new.get(path) and path not in _GENERATED
    )


def drift(obj: Json) -> tuple[Difference, ...]:
    """What an object has otherwise than `kubectl apply` last declared it; what was never declared does not count.

    `old` is the declared value. Empty when there is no record of what was declared.
    """
    declared = applied(obj)
    if not isinstance(declared, Mapping):
        return ()
    parts = ("spec", "data", "webhooks", "rules", "subjects")
    return tuple(
        found for part in parts if part in declared for found in _drifted(declared[part], obj.get(part), part)
    )


def drift_in_words(obj: Json) -> str:
    """The drift as a sentence; empty without any."""
    changes = drift(obj)
    return f"It is not as it was declared: {in_short(changes)}." if changes else ""


def in_short(changes: Sequence[Difference], most: int = 3) -> str:
    """The first few changes in one clause."""
    if not changes:
        return "nothing in the pod template"
    more = f" and {len(changes) - most} more" if len(changes) > most else ""
    return "; ".join(str(change) for change in changes[:most]) + more


def _drifted(declared: Any, live: Any, path: str) -> Iterator[Difference]:
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key, value in declared.items():
            yield from _drifted(value, live.get(key), _under(path, str(key)))
    elif _by_name(declared) and _by_name(live):
        there = {str(item["name"]): item for item in live}
        for item in declared:
            yield from _drifted(item, there.get(str(item["name"])), _under(path, str(item["name"])))
    elif isinstance(declared, list) and isinstance(live, list) and len(declared) == len(live):
        for number, (one, other) in enumerate(zip(declared, live, strict=True)):
            yield from _drifted(one, other, f"{path}[{number}]")
    elif not _same(declared, live):
        yield Difference(path, declared, live)


def _same(declared: Any, live: Any) -> bool:
    """Equal, absent on both sides, or two ways to write one quantity."""
    if declared == live or (declared in (None, {}, [], "") and live in (None, {}, [], "")):
        return True
    one, other = amount(declared), amount(live)
    return one is not None and one == other


def _leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if key != "$patch":
                yield from _leaves(item, _under(path, key))
    elif _by_name(value):
        for item in value:
            rest = {k: v for k, v in item.items() if k != "name"}
            yield from _leaves(rest or True, _under(path, str(item["name"])))
    else:
        yield path, value


def _by_name(value: Any) -> bool:
    """Whether it is a list whose entries have names."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) and "name" in v for v in value)


def _under(path: str, key: str) -> str:
    """Template paths start at the pod spec, where nearly everything is."""
    return key if path in ("", "spec") and key != "metadata" else f"{path}.{key}" if path else key


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _marked(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The lines that went and came, each with its mark."""
    for line in difflib.ndiff(old.splitlines(), new.splitlines()):
        if line[:1] in "-+":
            yield line[:1], line[2:].strip()


def _changed_lines(old: str, new: str) -> str:
    marked = list(_marked(old, new))
    shown = "; ".join(f"{mark}{_short(line)}" for mark, line in marked[:_LINES])
    more = len(marked) - _LINES
    return f"{shown} and {more} more lines" if more > 0 else shown


def _text(value: Any) -> str:
    return "(none)" if value is None else str(value)


def _short(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
