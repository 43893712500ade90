"""Every printer, and the rows of events."""

from typing import Final

from lab.cluster.ports import Object
from lab.cluster.printing import network_rows, other_rows, workload_rows
from lab.cluster.printing.cells import Cells, Printer, age
from lab.cluster.printing.humanize import since

PRINTERS: Final[dict[str, Printer]] = {
    **workload_rows.PRINTERS,
    **network_rows.PRINTERS,
    **other_rows.PRINTERS,
}


def event_cells(obj: Object, now: float) -> Cells:
    """A whole row: events have no name column of their own."""
    about, source = obj["involvedObject"], obj.get("source") or {}
    last = obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp")
    head = [since(last, now), obj.get("type"), obj.get("reason"), f"{about['kind'].lower()}/{about['name']}"]
    who = ", ".join(source[key] for key in ("component", "host") if source.get(key))
    first, message = obj.get("firstTimestamp") or obj.get("eventTime"), (obj.get("message") or "").strip()
    name = obj["metadata"]["name"]
    return [*head, about.get("fieldPath", ""), who, message, since(first, now), obj.get("count", 1), name]


def plain(obj: Object, now: float) -> Cells:
    """The cells of any other kind."""
    return [age(obj, now)]
