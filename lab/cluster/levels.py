"""What fills and empties in a container: a queue, a pool of connections, a disk.

A level is a straight line from each change of its condition to the next, so that it can be told for any time. It
is full at its limit; what a full one does to its program, behaviours say with `when: {full: NAME}`.
"""

from typing import Self

from pydantic import Field, model_validator

from domain.base import Value
from lab.cluster.when import When


class Level(Value):
    """One of them."""

    name: str
    start: float = Field(default=0, ge=0)
    """When its process starts, or its volume is new."""
    when: When | None = None
    """It grows while this holds; `None`: always."""
    growth_per_minute: float = Field(default=0, ge=0)
    drain_per_minute: float = Field(default=0, ge=0)
    """While it does not grow."""
    limit: float | None = Field(default=None, gt=0)
    """It never exceeds this. `None`: no limit, or what its volume holds."""
    disk: str | None = None
    """A path: the level is MiB on the volume that is mounted there, and stays with that; the volume's size is a
    limit. Without a volume there, it lies on the disk of the container, and goes with it."""
    metric: str | None = None
    """The name under which the program publishes it."""
    labels: dict[str, str] = {}
    scale: float = Field(default=1, gt=0)
    """What one unit counts in the metric."""

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.when is not None and not self.when.changes:
            raise ValueError("a level follows a condition that comes and goes: failing, working, flag or full")
        return self


def height(
    level: Level, began: float, changes: list[float], start: float, limit: float | None, at: float
) -> float:
    """A level at a time: from `start` at `began` on, with the times at which its condition began and ceased."""
    value, since, grows = start, began, level.when is None
    for change in [*(each for each in changes if each <= at), at]:
        minutes = max(0.0, change - since) / 60
        value += minutes * (level.growth_per_minute if grows else -level.drain_per_minute)
        value = max(0.0, value if limit is None else min(value, limit))
        since, grows = max(since, change), not grows
    return value
