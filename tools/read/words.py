"""Small phrases that several probes share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import yaml

from domain.base import Json

_Base = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):  # type: ignore[misc, valid-type]  # whichever of the two there is
    """Texts of several lines, such as the files of a ConfigMap, stand line by line."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def ago(at: datetime | None, now: datetime) -> str:
    """`12s ago`, `5m ago`, `3h ago`, `2d ago`; `unknown` without a time."""
    if at is None:
        return "unknown"
    seconds = max(0, int((now - at).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds}s ago"


def at(moment: datetime | None) -> str:
    """`2026-11-22 11:45 UTC`, for sentences that must not change as time goes by."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "at an unknown time"


def as_yaml(obj: object) -> str:
    """Readable YAML in the API's own order of keys."""
    text: str = yaml.dump(obj, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=160)
    return text.rstrip()


def without_noise(obj: Json) -> dict[str, object]:
    """The object without managed fields and the copy that `kubectl apply` keeps in an annotation."""
    metadata = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
    annotations = {
        k: v
        for k, v in (metadata.get("annotations") or {}).items()
        if k != "kubectl.kubernetes.io/last-applied-configuration"
    }
    if "annotations" in metadata:
        metadata["annotations"] = annotations
    return {**obj, "metadata": metadata}


def pairs(labels: Mapping[str, object] | None) -> str:
    """`app=web,tier=front`, or `none`."""
    return ",".join(f"{key}={value}" for key, value in (labels or {}).items()) or "none"


def table(rows: Iterable[Sequence[object]]) -> str:
    """Columns under each other; nothing for no rows."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        return ""
    widths = [max(len(row[i]) if i < len(row) else 0 for row in cells) for i in range(max(map(len, cells)))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells
    )


def section(title: str, body: str) -> str:
    """A titled block; `none` for an empty one."""
    return f"{title}:\n" + "\n".join(f"  {line}" for line in (body or "none").splitlines())
