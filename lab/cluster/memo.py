"""What follows from objects alone, kept until one of the kinds that it follows from changes."""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from lab.cluster.ports import Object
from lab.cluster.store import Store

T = TypeVar("T")
MOST: Final = 4096
"""Answers kept at once: objects that are replaced leave theirs behind while the kinds stay as they are."""


class Memo(Generic[T]):
    """Answers about stored objects.

    Hold the store's lock, and let an answer depend on its object, on what it is about, and on these kinds only.
    """

    def __init__(self, store: Store, *kinds: str) -> None:
        self._store, self._kinds = store, kinds
        self._seen = self._turn = -1
        self._known: dict[tuple[int, Hashable], tuple[Object, T]] = {}

    def of(self, obj: Object, about: Hashable, make: Callable[[], T]) -> T:
        """What is known about an object, or what `make` says of it now."""
        if self._seen != self._store.turn:
            self._seen = self._store.turn
            turn = self._store.turn_of(self._kinds)
            if turn != self._turn:
                self._turn = turn
                self._known.clear()
        key = (id(obj), about)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[key] = (obj, make())  # holding the object keeps its id from becoming another's
        return found[1]
