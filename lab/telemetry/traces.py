"""Single requests: traces, made one by one from the flows when somebody asks for them."""

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lab.cluster.randomness import noise, seed_of, seeded
from lab.telemetry.request_metrics import SPREAD, WAIT_SECONDS, WAIT_SPREAD
from lab.traffic.flow import Root
from lab.traffic.traffic import Traffic
from lab.traffic.visits import Place, Step, Visit, Way

_BITS = 2**128
_ODD = 0xD1342543DE82EF95_9E3779B97F4A7C15
"""Spreads the numbers of traces over all ids; odd, so that it can be undone."""


@dataclass(frozen=True)
class Span:
    """One operation of one program within a trace."""

    id: str
    parent: str
    """Empty for the first."""
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


class Traces:
    """All requests that users have made, by time and by id."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._seeds: dict[int, int] = {}
        """Of the times of a route's requests."""

    def newest(self, start: float, end: float) -> Iterator[Trace]:
        """Traces that begin within the times, newest first."""
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
            found = self._trace(number, slot) if at <= until else None
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
        return self._trace(root, slot) if at <= self._traffic.now() else None

    @cached_property
    def _mask(self) -> int:
        return seed_of(self._traffic.seed, "trace") << 64 | seed_of(self._traffic.seed, "ids")

    def _time(self, number: int, root: Root, slot: int) -> float:
        if number not in self._seeds:
            self._seeds[number] = seed_of(self._traffic.seed, "times", number)
        return (slot + noise(self._seeds[number], slot)) / root.route.rate

    def _trace(self, number: int, slot: int) -> Trace | None:
        flow = self._traffic.timeline.at(self._traffic.now())
        if flow is None:
            return None
        at = self._time(number, flow.roots[number], slot)
        then = self._traffic.timeline.at(at)
        step = None if then is None else then.roots[number].step
        if step is None:
            return None
        trace_id = f"{(((number << 96 | slot) * _ODD) % _BITS) ^ self._mask:032x}"
        walk = _Walk(trace_id, seeded(seed_of(self._traffic.seed, trace_id)))
        way = walk.draw(step)
        if way.visit is None:
            return None  # it never came to anybody who could have traced it
        walk.visit(way.visit, at, "")
        return Trace(trace_id, tuple(walk.spans))


def _slot(root: Root, at: float) -> int:
    """The number of a request that comes no earlier than a time."""
    return int(at * root.route.rate) + 1


class _Walk:
    """One way through the calls."""

    def __init__(self, trace_id: str, rng: random.Random) -> None:
        self._id, self._rng = trace_id, rng
        self.spans: list[Span] = []

    def draw(self, step: Step) -> Way:
        """The way that this call takes."""
        return step.ways[int(self._rng.random() * len(step.ways))]

    def visit(self, visit: Visit, at: float, parent: str) -> tuple[bool, float]:
        """Make the span of a visit and those below it; whether it went well, and its seconds."""
        place, number = len(self.spans), self._new_id()
        spent = self._spread(visit.own_seconds)
        fine = self._rng.random() >= visit.own_failures
        error = "" if fine else "internal error"
        self.spans.append(Span(number, parent, "", visit.place, "", "server", at, 0, 0))
        for step in visit.steps if fine else ():
            fine, seconds, error = self._call(visit, step, at + spent, number)
            spent += seconds
            if not fine:
                error = f"{step.name}: {error}"
                break
        status = visit.status if fine else visit.otherwise
        self.spans[place] = Span(
            number,
            parent,
            visit.place.service,
            visit.place,
            visit.path or "call",
            "server",
            at,
            spent,
            status,
            error="" if fine and status < 500 else error,
        )
        return fine and status < 500, spent

    def _call(self, caller: Visit, step: Step, at: float, parent: str) -> tuple[bool, float, str]:
        way = self.draw(step)
        if way.visit is not None:
            fine, seconds = self.visit(way.visit, at + way.seconds, parent)
            return fine, seconds + way.seconds, "" if fine else f"{way.peer} answered {way.visit.otherwise}"
        seconds = self._spread(way.seconds)
        error = way.error or ""
        place = caller.place
        self.spans.append(
            Span(
                self._new_id(), parent, place.service, place, step.name, "client", at, seconds, 0, way.peer, error
            )
        )
        return way.error is None, seconds, error

    def _new_id(self) -> str:
        return f"{seed_of(self._id, len(self.spans)):016x}"

    def _spread(self, mean: float) -> float:
        spread = WAIT_SPREAD if mean >= WAIT_SECONDS else SPREAD
        return max(mean, 0.0001) * math.exp(self._rng.gauss(-(spread**2) / 2, spread))
