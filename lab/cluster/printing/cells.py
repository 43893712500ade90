"""What printers are made of."""

from collections.abc import Callable
from typing import Any

from lab.cluster.ports import Object
from lab.cluster.printing.humanize import since

Cells = list[Any]
Printer = tuple[tuple[str, ...], Callable[[Object, float], Cells]]
"""Column names after the name, wide ones marked with `*`, and the cells under them at a time."""


def age(obj: Object, now: float) -> str:
    """How old an object is."""
    return since(obj["metadata"].get("creationTimestamp"), now)
