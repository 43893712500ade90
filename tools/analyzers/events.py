"""Events about an object, newest first; old ones are left out because they speak of a world that has passed."""

from collections.abc import Iterator, Mapping, Sequence

from domain.base import Json
from tools.analyzers.objects import age, dig
from tools.snapshot import Snapshot

RECENT_SECONDS = 15 * 60.0


def last_seen(event: Json) -> str:
    """When an event happened last."""
    series = dig(event, "series", "lastObservedTime")
    return str(series or event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or "")


def events_about(
    snapshot: Snapshot, kind: str, name: str, *reasons: str, within: float = RECENT_SECONDS
) -> Iterator[Json]:
    """Events about an object with one of the reasons (any when none is given), at most `within` seconds old."""
    for event in snapshot.once("events", _by_object).get((kind, name), ()):
        if (not reasons or event.get("reason") in reasons) and age(snapshot, last_seen(event)) <= within:
            yield event


def message_of(event: Json) -> str:
    """What the event says; the two event APIs name the field differently."""
    return str(event.get("message") or event.get("note") or "").strip()


def _by_object(snapshot: Snapshot) -> Mapping[tuple[object, object], Sequence[Json]]:
    """The events about each object, newest first."""
    found: dict[tuple[object, object], list[Json]] = {}
    for event in sorted(snapshot.of("Event"), key=last_seen, reverse=True):
        about = event.get("involvedObject") or event.get("regarding") or {}
        found.setdefault((about.get("kind"), about.get("name")), []).append(event)
    return found
