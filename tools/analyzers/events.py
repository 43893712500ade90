"""Events about an object, newest first; old ones are left out because they speak of a world that has passed."""

from collections.abc import Iterator

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
    found = [
        event
        for event in snapshot.of("Event")
        if _involved(event) == (kind, name)
        and (not reasons or event.get("reason") in reasons)
        and age(snapshot, last_seen(event)) <= within
    ]
    yield from sorted(found, key=last_seen, reverse=True)


def message_of(event: Json) -> str:
    """What the event says; the two event APIs name the field differently."""
    return str(event.get("message") or event.get("note") or "").strip()


def _involved(event: Json) -> tuple[object, object]:
    about = event.get("involvedObject") or event.get("regarding") or {}
    return about.get("kind"), about.get("name")
