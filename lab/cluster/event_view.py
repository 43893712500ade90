"""events.k8s.io/v1: another view of the core events (kubernetes/pkg/apis/events/v1, `conversion.go`)."""

from typing import Final

from lab.cluster.ports import Object
from lab.cluster.resources import Resource

RENAMED: Final = (
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
)
"""(core, events.k8s.io)"""


def is_view(resource: Resource) -> bool:
    """Whether objects are stored in another shape than this resource shows."""
    return resource.group == "events.k8s.io"


def outward(event: Object) -> Object:
    """A core event as events.k8s.io shows it."""
    names = dict(RENAMED)
    shown = {names.get(key, key): value for key, value in event.items()}
    # The newer API requires a time; events of old recorders have only the first timestamp.
    when = event.get("eventTime") or event.get("firstTimestamp")
    stamp = when.replace("Z", ".000000Z") if when and "." not in when else when
    return {**shown, "apiVersion": "events.k8s.io/v1", "eventTime": stamp}


def inward(event: Object) -> Object:
    """An event of events.k8s.io as it is stored."""
    names = {theirs: ours for ours, theirs in RENAMED}
    stored = {names.get(key, key): value for key, value in event.items()}
    return {**stored, "apiVersion": "v1"}
