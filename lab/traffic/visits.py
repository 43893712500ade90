"""What becomes of one request: the program that answers it, the calls it makes for it, and theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Place:
    """The program that answers."""

    uid: str
    """Of its pod."""
    namespace: str
    pod: str
    node: str
    container: str
    service: str
    """The Service that selects the pod, or the pod's own app label."""


@dataclass(frozen=True)
class Way:
    """One thing that can come of a call; all ways of a call are equally likely."""

    peer: str
    """`host:port` as dialled."""
    error: str | None
    """Why there is no connection, in the program's words."""
    seconds: float
    """Waited for the connection."""
    visit: "Visit | None" = None
    """What the other side does with the request; `None` without a connection, or outside the cluster."""

    @property
    def passes(self) -> float:
        """Share of requests that get a good answer."""
        if self.error is not None:
            return 0.0
        return 1.0 if self.visit is None else self.visit.passes

    @property
    def good_seconds(self) -> float:
        """Until a good answer."""
        return self.seconds + (0.0 if self.visit is None else self.visit.good_seconds)

    @property
    def bad_seconds(self) -> float:
        """Until a failure."""
        return self.seconds + (0.0 if self.visit is None else self.visit.bad_seconds)


@dataclass(frozen=True)
class Step:
    """One call that a request needs."""

    name: str
    ways: tuple[Way, ...]

    @cached_property
    def passes(self) -> float:
        """Share of calls that go well."""
        return sum(way.passes for way in self.ways) / len(self.ways)

    @cached_property
    def good_seconds(self) -> float:
        """Mean time of a call that goes well."""
        return _mean((way.passes, way.good_seconds) for way in self.ways)

    @cached_property
    def bad_seconds(self) -> float:
        """Mean time of a call that fails."""
        return _mean((1 - way.passes, way.bad_seconds) for way in self.ways)


@dataclass(frozen=True)
class Visit:
    """One kind of request at one program: it does its own work, then makes its calls one after the other.

    The first call that fails ends it with `otherwise`.
    """

    place: Place
    path: str
    """Empty where the protocol has none."""
    status: int
    """When all goes well."""
    otherwise: int
    """When something does not."""
    own_seconds: float
    own_failures: float
    """Share of requests that fail here, whatever the calls do."""
    steps: tuple[Step, ...]

    @cached_property
    def services(self) -> frozenset[str]:
        """Of the programs that a request of this kind can come to."""
        below = (way.visit.services for step in self.steps for way in step.ways if way.visit is not None)
        return frozenset((self.place.service,)).union(*below)

    @cached_property
    def reached(self) -> tuple[float, ...]:
        """For each step the share of requests that come to it."""
        shares, left = [], 1 - self.own_failures
        for step in self.steps:
            shares.append(left)
            left *= step.passes
        return tuple(shares)

    @cached_property
    def passes(self) -> float:
        """Share of requests that get a good answer."""
        share = 1 - self.own_failures
        for step in self.steps:
            share *= step.passes
        return share

    @cached_property
    def good_seconds(self) -> float:
        """Mean time of a good answer."""
        return self.own_seconds + sum(step.good_seconds for step in self.steps)

    @cached_property
    def bad_seconds(self) -> float:
        """Mean time of a bad answer."""
        times, spent = [(self.own_failures, self.own_seconds)], self.own_seconds
        for share, step in zip(self.reached, self.steps, strict=True):
            times.append((share * (1 - step.passes), spent + step.bad_seconds))
            spent += step.good_seconds
        return _mean(times)


def _mean(weighted: Iterable[tuple[float, float]]) -> float:
    pairs = list(weighted)
    total = sum(weight for weight, _ in pairs)
    return sum(weight * value for weight, value in pairs) / total if total else 0.0
