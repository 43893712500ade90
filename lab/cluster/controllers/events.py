"""Events expire, as the API server's `--event-ttl` of one hour has it."""

from collections.abc import Iterable

from lab.cluster.context import Context, place_of
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent

KEPT_SECONDS = 3600.0
"""After the last time the event was seen."""


class EventExpiry:
    """Drops old events."""

    kinds: tuple[str, ...] = ("Event",)

    def __init__(self, context: Context) -> None:
        self._store, self._clock = context.store, context.clock

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """A new event; a repeated one is looked at when its first hour is over."""
        if event.type == "ADDED":
            yield place_of(event.obj)

    def reconcile(self, key: Key) -> float | None:
        """Drop the event, or wait for the rest of its time."""
        event = self._store.get("Event", *key)
        if event is None:
            return None
        seen = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
        try:
            last = self._clock.parse(seen)
        except ValueError:  # whoever wrote the event wrote no time
            last = self._clock.parse(event["metadata"]["creationTimestamp"])
        left = last + KEPT_SECONDS - self._clock.now()
        if left > 0:
            return left
        self._store.remove("Event", key[0], key[1])
        return None
