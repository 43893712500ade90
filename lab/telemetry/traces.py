"""Single requests: traces, made one by one from the flows when somebody asks for them."""

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from lab.cluster.randomness import noise, seed_of, seeded
from lab.telemetry.request_metrics import SPREAD, WAIT_SECONDS, WAIT_SPREAD
from lab.traffic.flow import Root
from lab.traffic.traffic import Traffic
from lab.traffic.visits import Place, Step, Visit, Way

_BITS = 2**128
_ODD = 0xD1342543DE82EF95_9E3779B97F4A7C15
"""Spreads the numbers of traces over all ids; odd, so that it can be undone."""


class Span(NamedTuple):
    """One operation of one program within a trace."""

    above: int
    """The number of the span that it is part of; -1 for the first."""
    service: str
    place: Place
    operation: str
    kind: str
    """`server`, or `client` for a call that reached nobody who traces."""
    start: float
    """Epoch seconds."""
    seconds: float
    status: int
    """HTTP status; 0 without an answer."""
    peer: str = ""
    """`host:port` of a client's call."""
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it went wrong."""
        return bool(self.error) or self.status >= 500


@dataclass(frozen=True)
class Trace:
    """One request with everything it caused; the first span is the front's."""

    id: str
    spans: tuple[Span, ...]

    def id_of(self, number: int) -> str:
        """The id of a span by its number; empty for -1."""
        return "" if number < 0 else f"{seed_of(self.id, number):016x}"


@dataclass(frozen=True)
class Request:
    """One request of a user. What came of it is drawn only when somebody wants to see it."""

    id: str
    at: float
    """Epoch seconds."""
    front: Visit
    rng: random.Random
    """At the place where the request comes to the front."""

    @cached_property
    def trace(self) -> Trace:
        """The request followed to its end."""
        walk = _Walk(self.rng)
        walk.visit(self.front, self.at, -1)
        return Trace(self.id, tuple(walk.spans))


class Traces:
    """All requests that users have made, by time and by id."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._seeds: dict[int, int] = {}
        """Of the times of a route's requests."""

    def newest(self, start: float, end: float) -> Iterator[Request]:
        """Requests that begin within the times and come to somebody who traces, newest first."""
        until = min(end, self._traffic.now())
        flow = self._traffic.timeline.at(until)
        roots = () if flow is None else flow.roots
        waiting = [self._waiting(number, root, _slot(root, until)) for number, root in enumerate(roots)]
        heapq.heapify(waiting)
        while waiting:
            at, number, slot = -waiting[0][0], -waiting[0][1], -waiting[0][2]
            if at < start:
                heapq.heappop(waiting)
                continue
            heapq.heapreplace(waiting, self._waiting(number, roots[number], slot - 1))
            found = self._request(number, slot, at) if at <= until else None
            if found is not None:
                yield found

    def _waiting(self, number: int, root: Root, slot: int) -> tuple[float, int, int]:
        """A request's place in a heap from which the newest comes first."""
        return (-self._time(number, root, slot), -number, -slot)

    def get(self, trace_id: str) -> Trace | None:
        """The trace with an id, or `None`."""
        try:
            number = (int(trace_id, 16) ^ self._mask) * pow(_ODD, -1, _BITS) % _BITS
        except ValueError:
            return None
        root, slot = number >> 96, number & (2**96 - 1)
        flow = self._traffic.timeline.at(self._traffic.now())
        if flow is None or root >= len(flow.roots):
            return None
        at = self._time(root, flow.roots[root], slot)
        found = self._request(root, slot, at) if at <= self._traffic.now() else None
        return None if found is None else found.trace

    @cached_property
    def _mask(self) -> int:
        return seed_of(self._traffic.seed, "trace") << 64 | seed_of(self._traffic.seed, "ids")

    def _time(self, number: int, root: Root, slot: int) -> float:
        if number not in self._seeds:
            self._seeds[number] = seed_of(self._traffic.seed, "times", number)
        return (slot + noise(self._seeds[number], slot)) / root.route.rate

    def _request(self, number: int, slot: int, at: float) -> Request | None:
        """A route's request; `None` when it never came to anybody who could have traced it."""
        then = self._traffic.timeline.at(at)
        step = None if then is None else then.roots[number].step
        if step is None:
            return None
        trace_id = f"{(((number << 96 | slot) * _ODD) % _BITS) ^ self._mask:032x}"
        rng = seeded(seed_of(self._traffic.seed, trace_id))
        front = _drawn(step, rng).visit
        return None if front is None else Request(trace_id, at, front, rng)


def _slot(root: Root, at: float) -> int:
    """The number of a request that comes no earlier than a time."""
    return int(at * root.route.rate) + 1


def _drawn(step: Step, rng: random.Random) -> Way:
    """The way that a call takes."""
    return step.ways[int(rng.random() * len(step.ways))]


_OPEN = Span(-1, "", Place("", "", "", "", "", ""), "", "server", 0.0, 0.0, 0)
"""Keeps the place of a span whose end is not known yet."""


class _Walk:
    """One way through the calls."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.spans: list[Span] = []

    def visit(self, visit: Visit, at: float, above: int) -> tuple[bool, float]:
        """Make the span of a visit and those below it; whether it went well, and its seconds."""
        number, place, operation = len(self.spans), visit.place, visit.path or "call"
        spent = self._spread(visit.own_seconds)
        fine = self._rng.random() >= visit.own_failures
        error = "" if fine else "internal error"
        self.spans.append(_OPEN)
        for step in visit.steps if fine else ():
            fine, seconds, error = self._call(visit, step, at + spent, number)
            spent += seconds
            if not fine:
                error = f"{step.name}: {error}"
                break
        status = visit.status if fine else visit.otherwise
        fine = fine and status < 500
        said = "" if fine else error
        self.spans[number] = Span(above, place.service, place, operation, "server", at, spent, status, error=said)
        return fine, spent

    def _call(self, caller: Visit, step: Step, at: float, above: int) -> tuple[bool, float, str]:
        way = _drawn(step, self._rng)
        if way.visit is not None:
            fine, seconds = self.visit(way.visit, at + way.seconds, above)
            return fine, seconds + way.seconds, "" if fine else f"{way.peer} answered {way.visit.otherwise}"
        seconds, error, place = self._spread(way.seconds), way.error or "", caller.place
        self.spans.append(Span(above, place.service, place, step.name, "client", at, seconds, 0, way.peer, error))
        return way.error is None, seconds, error

    def _spread(self, mean: float) -> float:
        spread = WAIT_SPREAD if mean >= WAIT_SECONDS else SPREAD
        return max(mean, 0.0001) * math.exp(self._rng.gauss(-(spread**2) / 2, spread))
