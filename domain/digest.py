"""What a week brought: for `/aoi learning`, and for a week that taught nothing."""

from datetime import datetime

from domain.base import Value


class Point(Value):
    """One week of the curve."""

    since: datetime
    incidents: int
    resolved: float
    """Share of its incidents that AOI resolved, 0 to 1."""


class Open(Value):
    """A failure that nothing was learned from yet."""

    incident_id: str
    at: datetime
    words: str
    """One sentence: what went wrong."""


class Digest(Value):
    """One week."""

    since: datetime
    until: datetime
    incidents: int
    resolved: int
    handed_over: int
    failed: int
    thumbs_up: int
    thumbs_down: int
    corrections: int
    lessons: tuple[str, ...] = ()
    """One sentence each: what was learned."""
    open: tuple[Open, ...] = ()
    """Newest first."""
    curve: tuple[Point, ...] = ()
    """Week by week, oldest first; weeks without incidents are left out."""
    serving: str = ""
    """The model or adapter that decides now; empty for the playbook."""
