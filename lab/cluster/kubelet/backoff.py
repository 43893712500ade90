"""Exponential back-off, as client-go's flowcontrol.Backoff keeps it for crashed containers and failed pulls."""

from dataclasses import dataclass

FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0
FORGET_SECONDS = 2 * LONGEST_SECONDS
"""Without a new failure for this long, the delay starts over."""


@dataclass
class BackOff:
    """10 s, doubled at each failure up to 300 s."""

    delay: float = 0.0
    """Seconds; 0 before the first failure."""
    updated_at: float = 0.0

    def next(self, now: float) -> float:
        """Note an attempt after a failure; answers the delay before the attempt that would follow it."""
        expired = now - self.updated_at > FORGET_SECONDS
        self.delay = FIRST_SECONDS if self.delay == 0 or expired else min(self.delay * 2, LONGEST_SECONDS)
        self.updated_at = now
        return self.delay

    def holds_until(self, failed_at: float) -> float:
        """When a failure at that time may be tried again."""
        if self.delay == 0 or failed_at - self.updated_at > FORGET_SECONDS:
            return failed_at
        return failed_at + self.delay


def spelled(seconds: float) -> str:
    """A duration as Go writes it: `40s`, `2m40s`, `1.204s`."""
    if seconds < 60:
        return f"{seconds:g}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s"
