"""`meta.k8s.io/v1 Table`: what the server sends when kubectl asks for one."""

from collections.abc import Iterable
from typing import Any, Final

from lab.cluster.ports import Object
from lab.cluster.printing.rows import PRINTERS, event_cells, plain

EVENT_COLUMNS: Final = (
    *("Last Seen", "Type", "Reason", "Object", "Subobject*", "Source*"),
    *("Message", "First Seen*", "Count*", "Name*"),
)


def table(
    kind: str, objects: Iterable[Object], now: float, include: str, meta: Object, with_columns: bool
) -> Object:
    """A table of objects; `include` is `Metadata`, `Object` or `None` as in `includeObject`."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": meta,
        "columnDefinitions": _columns(kind) if with_columns else [],
        "rows": [_row(kind, obj, now, include) for obj in objects],
    }


def _columns(kind: str) -> list[dict[str, Any]]:
    names = EVENT_COLUMNS if kind == "Event" else ("Name", *PRINTERS.get(kind, (("Age",), plain))[0])
    return [
        {
            "name": name.rstrip("*"),
            "type": "string",
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": 1 if name.endswith("*") else 0,
        }
        for name in names
    ]


def _row(kind: str, obj: Object, now: float, include: str) -> dict[str, Any]:
    if kind == "Event":
        cells = event_cells(obj, now)
    else:
        cells = [obj["metadata"]["name"], *PRINTERS.get(kind, (("Age",), plain))[1](obj, now)]
    if include == "Object":
        return {"cells": cells, "object": obj}
    if include == "None":
        return {"cells": cells}
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return {"cells": cells, "object": partial}
