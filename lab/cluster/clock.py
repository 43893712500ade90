"""The cluster's own time, which a test can freeze and the demo can speed up."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


def wall_start() -> datetime:
    """The wall clock's time: the start of a world that runs along with people."""
    return datetime.now(UTC)  # noqa: TID251 - the one place where the lab looks at the wall


class VirtualClock:
    """Time since `start`, running at `speed` times real time; `speed=None` is frozen but for `advance`."""

    def __init__(
        self, start: datetime, speed: float | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.speed = speed
        self._base = start.timestamp()
        self._monotonic = monotonic
        self._started = monotonic()

    def run(self, speed: float | None) -> None:
        """Go on from now at another speed; `None` freezes."""
        self._base, self._started, self.speed = self.now(), self._monotonic(), speed

    def now(self) -> float:
        """Epoch seconds."""
        if self.speed is None:
            return self._base
        return self._base + (self._monotonic() - self._started) * self.speed

    def now_utc(self) -> datetime:
        """The time, timezone-aware."""
        return datetime.fromtimestamp(self.now(), UTC)

    def iso(self, at: float | None = None) -> str:
        """`metav1.Time`: whole seconds, as in `2026-01-01T00:00:00Z`."""
        return self._utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")

    def micro(self, at: float | None = None) -> str:
        """`metav1.MicroTime`: microseconds."""
        return self._utc(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def parse(self, text: str) -> float:
        """Epoch seconds of an RFC 3339 time. Raises ValueError for anything else."""
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()

    def advance(self, seconds: float) -> None:
        """Jump forward."""
        if seconds < 0:
            raise ValueError(f"time runs forward only, not by {seconds} s")
        self._base += seconds

    def _utc(self, at: float | None) -> datetime:
        return datetime.fromtimestamp(self.now() if at is None else at, UTC)
