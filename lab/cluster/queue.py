"""The work queue: which key of which controller is due when."""

import heapq

Key = tuple[str, ...]


class WorkQueue:
    """A priority queue by time, then controller, then key. A key waits once, for the earliest time asked."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Key]] = []
        self._due: dict[tuple[int, Key], float] = {}

    def add(self, at: float, controller: int, key: Key) -> None:
        """Ask for a key at a time; a later time than the one it waits for changes nothing."""
        waiting = self._due.get((controller, key))
        if waiting is not None and waiting <= at:
            return
        self._due[controller, key] = at
        heapq.heappush(self._heap, (at, controller, key))

    def next_due(self) -> float | None:
        """The time of the first key; `None` when nothing waits."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def pop(self, now: float) -> tuple[int, Key] | None:
        """Take the first key that is due; `None` when none is."""
        self._drop_stale()
        if not self._heap or self._heap[0][0] > now:
            return None
        _, controller, key = heapq.heappop(self._heap)
        del self._due[controller, key]
        return controller, key

    def _drop_stale(self) -> None:
        """Entries that an earlier time has overtaken stay in the heap until they surface."""
        while self._heap and self._due.get(self._heap[0][1:]) != self._heap[0][0]:
            heapq.heappop(self._heap)
