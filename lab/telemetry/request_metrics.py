"""Requests as the programs count them: `http_requests_total` and `http_request_duration_seconds`."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache

from lab.cluster.ports import Object
from lab.cluster.randomness import seed_of
from lab.telemetry.series import Accumulated, Series, read_late
from lab.traffic.flow import Flow, Share, Stream
from lab.traffic.timeline import Span
from lab.traffic.traffic import Traffic
from lab.traffic.visits import Place

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
"""Upper bounds in seconds; those of Prometheus' client libraries."""
SPREAD = 0.45
"""Sigma of the logarithm of latencies."""
WAIT_SPREAD = 0.04
"""The same of times that a timeout sets."""
WAIT_SECONDS = 2.0

_Name = tuple[str, str]
"""A metric of a program, and what tells its series apart."""
_Rates = dict[Place, dict[_Name, float]]


class RequestMetrics:
    """Series of all programs that requests have come to."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._sums: dict[Place, dict[_Name, Accumulated]] = defaultdict(dict)
        self._series: list[Series] = []
        self._rates: dict[int, _Rates] = {}
        """By identity of a flow, which the timeline keeps; many spans share one."""
        self._last: _Rates = {}
        self._times: dict[tuple[str, str], dict[float, tuple[float, float] | None]] = defaultdict(dict)
        """By pod and container, then by time: from when to when its counters have counted."""
        self._done = 0

    def series(self) -> Iterator[Series]:
        """All of them, up to now."""
        spans = self._traffic.timeline.until(self._traffic.now())
        for span in spans[self._done :]:
            self._add(span)
        self._done = len(spans)
        return iter(self._series)

    def _add(self, span: Span) -> None:
        rates = self._rates_of(span.flow)
        for place in self._last.keys() | rates.keys():
            before, now = self._last.get(place, {}), rates.get(place, {})
            if before == now:
                continue
            sums = self._sums[place]
            for name in before.keys() | now.keys():
                if name not in sums:
                    sums[name] = Accumulated()
                    self._series.append(Series(_labels(place, *name), *self._counter(place, name[0], sums[name])))
                sums[name].set(span.start, now.get(name, 0.0))
        self._last = rates

    def _rates_of(self, flow: Flow) -> _Rates:
        rates = self._rates.get(id(flow))
        if rates is None:
            rates = self._rates[id(flow)] = {}
            for stream in flow.streams:
                sums = rates.setdefault(stream.place, {})
                for name, rate in _rates(stream):
                    sums[name] = sums.get(name, 0.0) + rate
        return rates

    def _counter(
        self, place: Place, metric: str, sums: Accumulated
    ) -> tuple[Callable[[float], float | None], Callable[[float, float], bool]]:
        """What a counter stands at, and whether it only grows from one time to another."""
        times, whole = self._counting(place), not metric.endswith("_sum")

        def value(at: float) -> float | None:
            counting = times(at)
            if counting is None:
                return None
            counted = sums.until(counting[1]) - sums.until(counting[0])
            return float(math.floor(counted)) if whole else counted

        def grows(first: float, last: float) -> bool:
            before, after = times(first), times(last)
            return before is not None and after is not None and before[0] == after[0]

        return value, grows

    def _counting(self, place: Place) -> Callable[[float], tuple[float, float] | None]:
        """From when to when a program's counters have counted that are read at a time; `None` while it is down."""
        seed = seed_of(self._traffic.seed, place.namespace, place.pod)
        pods, known = self._traffic.history.pods, self._times[place.uid, place.container]

        def times(at: float) -> tuple[float, float] | None:
            if at not in known:
                start = _listens_from(pods[place.uid].pod, place.container, at, self._traffic)
                known[at] = None if start is None else (start, max(start, read_late(seed, at)))
            return known[at]

        return times


def _listens_from(pod: Object, container: str, at: float, traffic: Traffic) -> float | None:
    """Since when the container that runs at a time serves, and so counts; `None` while it does not."""
    for spec, run in traffic.history.runs_of(pod, at):
        if spec["name"] == container:
            return run.listens_from if run.start_checked and run.listens_from <= at else None
    return None


def _rates(stream: Stream) -> Iterator[tuple[_Name, float]]:
    for share in stream.shares:
        yield ("http_requests_total", f"{share.status}\x1f{stream.path}"), share.rate
        yield ("http_request_duration_seconds_sum", ""), share.rate * share.seconds
        yield ("http_request_duration_seconds_count", ""), share.rate
        for bound, name in _BUCKETS:
            yield name, share.rate * below(share, bound)


def _labels(place: Place, metric: str, what: str) -> dict[str, str]:
    labels = {
        "__name__": metric,
        "namespace": place.namespace,
        "service": place.service,
        "pod": place.pod,
        "container": place.container,
    }
    if metric.endswith("_bucket"):
        labels["le"] = what
    if metric == "http_requests_total":
        labels["code"], path = what.split("\x1f")
        if path:
            labels["path"] = path
    return labels


def _spelled(bound: float) -> str:
    return "+Inf" if math.isinf(bound) else f"{bound:g}"


_BUCKETS = tuple((bound, ("http_request_duration_seconds_bucket", _spelled(bound))) for bound in BUCKETS)


def below(share: Share, bound: float) -> float:
    """The part of a share's requests that take at most `bound` seconds: a lognormal with the share's mean."""
    return 1.0 if math.isinf(bound) else _below(round(share.seconds, 5), bound)


@cache
def _below(mean: float, bound: float) -> float:
    spread = WAIT_SPREAD if mean >= WAIT_SECONDS else SPREAD
    if mean <= 0:
        return 1.0
    middle = math.log(mean) - spread**2 / 2
    return 0.5 * (1 + math.erf((math.log(bound) - middle) / (spread * math.sqrt(2))))
