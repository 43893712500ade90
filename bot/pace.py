"""How fast one channel may be written to: a token bucket, as a function of the time it is given."""

from dataclasses import dataclass


@dataclass
class Pace:
    """`burst` calls at once, then `per_second`; Slack allows about one message a second and channel."""

    per_second: float
    burst: int
    tokens: float
    at: float = 0.0
    """Monotonic time of the last count."""
    held_until: float = 0.0
    failures: int = 0
    """In a row."""

    @classmethod
    def of(cls, per_second: float, burst: int) -> "Pace":
        """A full bucket."""
        return cls(per_second=per_second, burst=burst, tokens=float(burst))

    def wait(self, now: float) -> float:
        """Seconds until the next call may go; zero for at once."""
        self._fill(now)
        short = 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.per_second
        return max(short, self.held_until - now, 0.0)

    def take(self, now: float) -> None:
        """Count a call."""
        self._fill(now)
        self.tokens -= 1

    def hold(self, now: float, seconds: float) -> None:
        """Stay away for a while, because Slack said so."""
        self.held_until = max(self.held_until, now + seconds)

    def failed(self, now: float, most: float = 30.0) -> None:
        """Stay away longer after each failure in a row."""
        self.hold(now, min(most, 0.5 * 2.0**self.failures))
        self.failures += 1

    def worked(self) -> None:
        """A call went through."""
        self.failures = 0

    def _fill(self, now: float) -> None:
        self.tokens = min(float(self.burst), self.tokens + max(0.0, now - self.at) * self.per_second)
        self.at = max(self.at, now)
