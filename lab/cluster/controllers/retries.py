"""How soon a controller tries again what the API server refused."""

from lab.cluster.queue import Key

FIRST_SECONDS = 0.005
LONGEST_SECONDS = 1000.0
"""The rate limiter of controllers: 5 ms, doubled at each failure in a row (client-go workqueue)."""


class Retries:
    """Failures in a row, by key."""

    def __init__(self) -> None:
        self._failures: dict[Key, int] = {}
        self._not_before: dict[Key, float] = {}

    def wait(self, key: Key, now: float) -> float:
        """Seconds until the key may be tried again; 0 when at once."""
        return max(0.0, self._not_before.get(key, now) - now)

    def failed(self, key: Key, now: float) -> float:
        """Note a failure. Answers the seconds until the next try."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        delay: float = min(FIRST_SECONDS * 2**count, LONGEST_SECONDS)
        self._not_before[key] = now + delay
        return delay

    def succeeded(self, key: Key) -> None:
        """Forget the failures."""
        self._failures.pop(key, None)
        self._not_before.pop(key, None)
