"""What every handler works with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from lab.cluster import event_view
from lab.cluster.audit import AuditEvent
from lab.cluster.clock import VirtualClock
from lab.cluster.ports import Object, WorldPort
from lab.cluster.resources import Resource
from lab.cluster.store import Store, StoreEvent
from lab.cluster.users import Tokens

CACHED_OBJECTS = 20_000


@dataclass
class Kernel:
    """The parts behind the API. `on_change` runs after each request that may have changed something."""

    store: Store
    clock: VirtualClock
    world: WorldPort
    tokens: Tokens
    on_change: Callable[[], None]
    audit: list[AuditEvent] = field(default_factory=list)
    changes: "Changes" = field(init=False)
    _encoded: dict[tuple[str, str], tuple[Object, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.changes = Changes(self.store)

    def encode(self, resource: Resource, obj: Object) -> bytes:
        """An object as JSON, in the resource's version; kept for objects of the store."""
        if event_view.is_view(resource):
            return orjson.dumps(event_view.outward(obj))
        meta = obj["metadata"]
        key = (meta.get("uid", ""), meta.get("resourceVersion", ""))
        found = self._encoded.get(key)
        # A dry run yields other content under the same version: only the very same object counts.
        if found is not None and found[0] is obj:
            return found[1]
        encoded = orjson.dumps(obj)
        if len(self._encoded) >= CACHED_OBJECTS:
            self._encoded.clear()
        self._encoded[key] = (obj, encoded)
        return encoded


class Changes:
    """Wakes the streams of a kind when something of that kind changes."""

    def __init__(self, store: Store) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._rung: set[str] = set()
        self.closed = False
        """Set when the server stops: streams end."""
        store.subscribe(self._on_change)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop in which the streams run."""
        self._loop = loop

    def join(self, kind: str) -> asyncio.Event:
        """An event that is set on every change of the kind; hand it back with `leave`."""
        bell = asyncio.Event()
        self._waiting.setdefault(kind, set()).add(bell)
        return bell

    def leave(self, kind: str, bell: asyncio.Event) -> None:
        """No longer wake it."""
        self._waiting[kind].discard(bell)

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        if self._loop is not None and not self._loop.is_closed():
            for kind in tuple(self._waiting):
                self._loop.call_soon_threadsafe(self._ring, kind)

    def _on_change(self, event: StoreEvent) -> None:
        """Runs in whatever thread made the change, under the store's lock."""
        if self._loop is None or self.closed or event.kind in self._rung or not self._waiting.get(event.kind):
            return
        self._rung.add(event.kind)
        self._loop.call_soon_threadsafe(self._ring, event.kind)

    def _ring(self, kind: str) -> None:
        self._rung.discard(kind)
        for bell in self._waiting[kind]:
            bell.set()
