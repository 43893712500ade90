"""Requests as the programs count them: `http_requests_total` and `http_request_duration_seconds`."""

import math
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

_Key = tuple[Place, str, str]
"""Program, metric, and what tells its series apart."""


class RequestMetrics:
    """Series of all programs that requests have come to."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._sums: dict[_Key, Accumulated] = {}
        self._series: dict[_Key, Series] = {}
        self._rates: dict[int, dict[_Key, float]] = {}
        """By identity of a flow, which the timeline keeps; many spans share one."""
        self._times: dict[tuple[str, str, float], tuple[float, float] | None] = {}
        """By pod, container and time: from when to when its counters have counted, which all of them share."""
        self._done = 0

    def series(self) -> Iterator[Series]:
        """All of them, up to now."""
        spans = self._traffic.timeline.until(self._traffic.now())
        for span in spans[self._done :]:
            self._add(span)
        self._done = len(spans)
        return iter(self._series.values())

    def _add(self, span: Span) -> None:
        rates = self._rates_of(span.flow)
        for key in self._sums.keys() | rates.keys():
            if key not in self._sums:
                self._sums[key] = Accumulated()
                self._series[key] = Series(_labels(key), self._counter(key))
            self._sums[key].set(span.start, rates.get(key, 0.0))

    def _rates_of(self, flow: Flow) -> dict[_Key, float]:
        rates = self._rates.get(id(flow))
        if rates is None:
            rates = self._rates[id(flow)] = {}
            for stream in flow.streams:
                for key, rate in _rates(stream):
                    rates[key] = rates.get(key, 0.0) + rate
        return rates

    def _counter(self, key: _Key) -> Callable[[float], float | None]:
        place, metric, _ = key
        sums, times, whole = self._sums[key], self._counting(place), not metric.endswith("_sum")

        def value(at: float) -> float | None:
            counting = times(at)
            if counting is None:
                return None
            counted = sums.until(counting[1]) - sums.until(counting[0])
            return float(math.floor(counted)) if whole else counted

        return value

    def _counting(self, place: Place) -> Callable[[float], tuple[float, float] | None]:
        """From when to when a program's counters have counted that are read at a time; `None` while it is down."""
        seed = seed_of(self._traffic.seed, place.namespace, place.pod)
        pods, known = self._traffic.history.pods, self._times

        def times(at: float) -> tuple[float, float] | None:
            key = (place.uid, place.container, at)
            if key not in known:
                start = _listens_from(pods[place.uid].pod, place.container, at, self._traffic)
                known[key] = None if start is None else (start, max(start, read_late(seed, at)))
            return known[key]

        return times


def _listens_from(pod: Object, container: str, at: float, traffic: Traffic) -> float | None:
    """Since when the container that runs at a time serves, and so counts; `None` while it does not."""
    for spec, run in traffic.history.runs_of(pod, at):
        if spec["name"] == container:
            return run.listens_from if run.start_checked and run.listens_from <= at else None
    return None


def _rates(stream: Stream) -> Iterator[tuple[_Key, float]]:
    for share in stream.shares:
        what = f"{share.status}\x1f{stream.path}"
        yield (stream.place, "http_requests_total", what), share.rate
        yield (stream.place, "http_request_duration_seconds_sum", ""), share.rate * share.seconds
        yield (stream.place, "http_request_duration_seconds_count", ""), share.rate
        for bound in BUCKETS:
            bucket = (stream.place, "http_request_duration_seconds_bucket", _spelled(bound))
            yield bucket, share.rate * below(share, bound)


def _labels(key: _Key) -> dict[str, str]:
    place, metric, what = key
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
