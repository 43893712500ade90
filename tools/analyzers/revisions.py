"""What the last revision of a Deployment changed, read from its ReplicaSets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.actions import RollBack
from domain.base import Json
from tools.analyzers.objects import Workload, age, dig, revision_number, when
from tools.snapshot import Snapshot

RECENT_SECONDS = 6 * 3600.0
Path = tuple[str, ...]
"""Keys from the pod spec down; entries of named lists by their name: `("containers", "web", "image")`."""


@dataclass(frozen=True)
class LastChange:
    """The difference between the current revision and the one before."""

    previous: int
    """The earlier revision's number."""
    before: Json
    """The earlier pod spec."""
    after: Json
    changed: dict[Path, tuple[Any, Any]]
    """Each differing leaf with its old and new value; `None` where it was or is absent."""
    made_at: datetime | None

    def touches(self, *prefix: str) -> bool:
        """Whether anything below a path differs; `*` stands for any one key."""
        return any(_starts(path, prefix) for path in self.changed)

    def under(self, *prefix: str) -> dict[Path, tuple[Any, Any]]:
        """The differing leaves below a path."""
        return {path: values for path, values in self.changed.items() if _starts(path, prefix)}


def last_change(workload: Workload) -> LastChange | None:
    """The last revision's change, or `None` when there is no earlier revision or no difference."""
    if len(workload.sets) < 2:
        return None
    current, previous = workload.sets[0], workload.sets[1]
    before, after = dig(previous, "spec", "template", "spec") or {}, workload.pod_spec
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changed = {
        path: (old.get(path), new.get(path))
        for path in (*old, *(p for p in new if p not in old))
        if old.get(path) != new.get(path)
    }
    if not changed or revision_number(previous) == 0:
        return None
    made = when(current["metadata"].get("creationTimestamp"))
    return LastChange(revision_number(previous), before, after, changed, made)


def recent_change(snapshot: Snapshot, workload: Workload) -> LastChange | None:
    """The last change, when it is young enough to explain a trouble of today that does not name its cause."""
    change = last_change(workload)
    return change if change and age(snapshot, change.made_at) <= RECENT_SECONDS else None


def back_from(workload: Workload, change: LastChange | None) -> tuple[RollBack, ...]:
    """Return to before a change; nothing when there is none."""
    return (RollBack(target=workload.ref, revision=change.previous),) if change else ()


def roll_back(workload: Workload, *prefixes: Path) -> tuple[RollBack, ...]:
    """Return to the earlier revision, if the last one touched one of the paths, however long ago."""
    change = last_change(workload)
    touched = change is not None and any(change.touches(*prefix) for prefix in prefixes)
    return back_from(workload, change) if touched else ()


def in_words(change: LastChange, limit: int = 3) -> str:
    """The change for people: `image of web from a:1 to a:2`. Values of environment variables are left out."""
    parts = [_word(path, *values) for path, values in change.changed.items()]
    more = f" and {len(parts) - limit} more" if len(parts) > limit else ""
    return ", ".join(parts[:limit]) + more


def _word(path: Path, old: Any, new: Any) -> str:
    owner = f" of {path[1]}" if len(path) > 2 else ""
    if path[2:3] == ("env",) and len(path) > 3:
        return f"variable {path[3]}{owner}"
    what = ".".join(path[2:] if len(path) > 2 else path)
    return f"{what}{owner} from {_short(old)} to {_short(new)}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _starts(path: Path, prefix: Path) -> bool:
    return len(path) >= len(prefix) and all(want in ("*", key) for key, want in zip(path, prefix, strict=False))


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(v, dict) and "name" in v for v in value):
        for item in value:
            rest = {k: v for k, v in item.items() if k != "name"}
            yield from _leaves(rest, (*path, str(item["name"])))
    else:
        yield path, value
