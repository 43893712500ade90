"""Who does what next: work in rows, where to go on in a row is cheaper than to begin another."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Taken(Generic[T]):
    """A piece of work, and the row that it is from."""

    row: int
    work: T


class Lanes(Generic[T]):
    """Rows of work, which several workers empty."""

    def __init__(self, rows: Iterable[Iterable[T]]) -> None:
        """The first row is begun first."""
        self._rows = [deque(row) for row in rows]
        self._begun: set[int] = set()

    def take(self, row: int | None = None) -> Taken[T] | None:
        """The next piece for somebody whose last one was of `row`; `None` when nothing is left.

        Of the same row while it has some; else of a row that nobody has begun; else of the longest, to help.
        """
        left = [number for number, rest in enumerate(self._rows) if rest]
        if not left:
            return None
        if row not in left:
            fresh = [number for number in left if number not in self._begun]
            row = fresh[0] if fresh else max(left, key=lambda number: len(self._rows[number]))
        assert row is not None
        self._begun.add(row)
        return Taken(row, self._rows[row].popleft())
