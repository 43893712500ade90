"""What every controller is given."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from lab.cluster.clock import VirtualClock
from lab.cluster.index import Index
from lab.cluster.ports import Object, Operation
from lab.cluster.queue import Key
from lab.cluster.recorder import Recorder
from lab.cluster.store import Store, StoreEvent
from lab.cluster.texts import Texts

Admit = Callable[[str, Object, Operation, bool], Object]
"""Kind, object, operation, dry run: the object with its defaults, or ApiError."""


@dataclass(frozen=True)
class Context:
    """The shared tools of the control plane."""

    store: Store
    clock: VirtualClock
    index: Index
    texts: Texts
    recorder: Recorder
    rng: random.Random
    admit: Admit


class Controller(Protocol):
    """One control loop. Store events give it keys; it brings what a key names nearer to what is wanted."""

    kinds: tuple[str, ...]
    """Kinds whose events it hears."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The keys that an event concerns."""

    def reconcile(self, key: Key) -> float | None:
        """Act on a key; answer in how many seconds it wants it again, `None` for only on an event."""


def place_of(obj: Object) -> tuple[str, str]:
    """The usual key: namespace and name."""
    return (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def soonest(*waits: float | None) -> float | None:
    """The least of the waits that are there."""
    there = [wait for wait in waits if wait is not None]
    return min(there) if there else None
