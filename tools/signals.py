"""What metrics and traces say of a namespace: every figure now, beside what it usually is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

PAST_SECONDS = 3960.0
"""From the first to the last value of a course: an hour of the past, and the minutes that may be trouble."""


@dataclass(frozen=True)
class Course:
    """One figure over time, an average of each window; windows without a value are left out."""

    lately: tuple[float, ...] = ()
    """The windows up to now, oldest first."""
    before: tuple[float, ...] = ()
    """Windows spread over the hour before those, oldest first."""

    @property
    def now(self) -> float:
        """The newest value; 0 without one."""
        return self.lately[-1] if self.lately else 0.0

    @property
    def usual(self) -> float | None:
        """The median of the hour before, so that half an hour of trouble in it does not count; `None` without."""
        return median(self.before) if self.before else None

    @property
    def highest(self) -> float:
        """The largest value of the hour before, which bounds its noise; 0 without any."""
        return max(self.before, default=0.0)


@dataclass(frozen=True)
class Requests:
    """The requests that a service, or one of its routes, has answered."""

    rate: Course
    """Requests a second."""
    failed: Course
    """Of these, those that fail, a second."""


@dataclass(frozen=True)
class Service:
    """The golden signals of one service, by the name that telemetry knows."""

    name: str
    requests: Requests
    seconds: Course = Course()
    """The mean latency."""
    slowest: Course = Course()
    """The latency within which 95 % of the answers come, in seconds."""
    routes: Mapping[str, Requests] = field(default_factory=dict)
    """By route, method or operation; empty where the metrics do not tell them apart."""


@dataclass(frozen=True)
class Pod:
    """What the containers of one pod use."""

    name: str
    cpu: Course = Course()
    """Cores."""
    memory: Course = Course()
    """Bytes of the working set."""


@dataclass(frozen=True)
class Queue:
    """Messages that wait for a group of consumers."""

    name: str
    """The topic or queue; empty where the metric does not tell."""
    group: str
    """The consumers; empty where the metric does not tell."""
    waiting: Course
    places: tuple[str, ...] = ()
    """The pod, service and job that the metric names, where it does."""


@dataclass(frozen=True)
class Failure:
    """Where requests fail first, over the traces that were looked at."""

    service: str
    operation: str
    error: str
    """The error's own words, redacted and cut; empty without any."""
    peer: str
    """`host:port` of a call that was never answered; empty when the service itself fails."""
    above: tuple[str, ...]
    """Services through which the requests came, nearest first."""
    traces: int


@dataclass(frozen=True)
class Delay:
    """Where slow requests lose their time, over the traces that were looked at."""

    service: str
    operation: str
    callee: str
    """The service on the way to which the time passes; empty when it passes inside `service`."""
    ahead: str
    """The service that is called right after: a program that keeps no spans of its calls loses the time of a slow
    way inside itself, just before the other side begins. Empty when none is called."""
    seconds: float
    """The median of the time lost."""
    above: tuple[str, ...]
    """Services through which the requests came, nearest first."""
    traces: int


@dataclass(frozen=True)
class Signals:
    """One look at the telemetry of a namespace; parts that a team does not have are empty."""

    window: float
    """Seconds of one value of a course."""
    services: Mapping[str, Service] = field(default_factory=dict)
    pods: Mapping[str, Pod] = field(default_factory=dict)
    queues: tuple[Queue, ...] = ()
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Called services by calling service, from traces."""
    failures: tuple[Failure, ...] = ()
    delays: tuple[Delay, ...] = ()
    missing: tuple[str, ...] = ()
    """What could not be had from a server that is configured, and why, in sentences."""
