"""The incident: one thread and its durable record."""

from datetime import datetime
from enum import StrEnum

from domain.base import Value
from domain.cluster import Scope


class Origin(Value):
    """Where the question came from and where answers go."""

    surface: str
    """`slack`, `terminal` or `lab`."""
    channel: str = ""
    thread: str = ""
    """Slack's thread timestamp; empty elsewhere."""
    user: str = ""


class Budget(Value):
    """What a run may spend before it must hand over."""

    steps: int = 24
    probes: int = 60
    proposals: int = 4
    """Those that resolved what they were for do not count."""
    seconds: float = 1800
    """Working time, not counting the wait for people."""
    tokens: int = 200_000


class Status(StrEnum):
    """Where an incident stands."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    WAITING = "waiting"
    """A proposal waits for a person."""
    ACTING = "acting"
    VERIFYING = "verifying"
    RESOLVED = "resolved"
    HANDED_OVER = "handed-over"
    """AOI said what it knows; people go on."""
    FAILED = "failed"
    """AOI itself broke; the record says where."""

    @property
    def final(self) -> bool:
        """Whether the run has ended."""
        return self in (Status.RESOLVED, Status.HANDED_OVER, Status.FAILED)


class Incident(Value):
    """One question or alert and its record."""

    id: str
    origin: Origin
    question: str
    """Redacted before it is stored."""
    scope: Scope
    read_only: bool = False
    budget: Budget = Budget()
    policy: str
    graph_version: int
    status: Status
    created_at: datetime
    updated_at: datetime


class Request(Value):
    """A question as it arrives, before it is an incident."""

    key: str
    """Idempotency key: the same key opens the same incident."""
    origin: Origin
    question: str
    namespaces: tuple[str, ...] = ()
    """Empty to let AOI choose from the question and the settings."""
    read_only: bool = False
