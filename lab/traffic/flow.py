"""The requests that flow through an application while nothing changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.traffic.load import Load, Route
from lab.traffic.visits import Place, Step, Visit
from lab.traffic.walker import Walker


@dataclass(frozen=True)
class Share:
    """Requests of one kind that end alike."""

    rate: float
    """A second."""
    status: int
    seconds: float
    """Mean time until the answer."""


@dataclass(frozen=True)
class Stream:
    """Requests of one kind at one program."""

    place: Place
    path: str
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Root:
    """One route from the users on, for following single requests."""

    namespace: str
    number: int
    """Of the route in its load."""
    route: Route
    rate: float
    """Requests a second now."""
    step: Step | None
    """`None` while nobody makes requests."""


@dataclass(frozen=True)
class Flow:
    """All of it."""

    streams: tuple[Stream, ...]
    roots: tuple[Root, ...]


def flow_of(walker: Walker, loads: Iterable[tuple[str, Load]]) -> Flow:
    """Let the loads (each with its namespace) flow through the world as the walker sees it."""
    roots, sums = [], _Sums()
    for namespace, load in loads:
        for number, route in enumerate(load.routes):
            step = walker.entry(namespace, load, route.path)
            rate = walker.rate(namespace, load, route)
            roots.append(Root(namespace, number, route, rate, step))
            if step is not None:
                sums.pour(step, rate)
    return Flow(sums.streams(), tuple(roots))


class _Sums:
    def __init__(self) -> None:
        self._rates: dict[int, float] = {}
        self._visits: dict[int, Visit] = {}

    def pour(self, step: Step, rate: float) -> None:
        """Spread requests over the ways of a step and on into the calls behind them."""
        each = rate / len(step.ways)
        for way in step.ways:
            visit = way.visit
            if visit is None or each <= 0:
                continue
            self._visits[id(visit)] = visit
            self._rates[id(visit)] = self._rates.get(id(visit), 0.0) + each
            for share, further in zip(visit.reached, visit.steps, strict=True):
                self.pour(further, each * share)

    def streams(self) -> tuple[Stream, ...]:
        found = (_stream(self._visits[key], rate) for key, rate in self._rates.items())
        return tuple(sorted(found, key=lambda each: (each.place.namespace, each.place.pod, each.path)))


def _stream(visit: Visit, rate: float) -> Stream:
    good = Share(rate * visit.passes, visit.status, visit.good_seconds)
    bad = Share(rate * (1 - visit.passes), visit.otherwise, visit.bad_seconds)
    return Stream(visit.place, visit.path, tuple(share for share in (good, bad) if share.rate > 0))
