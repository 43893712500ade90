"""Who calls whom, and how often: sums over the flows of a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from lab.traffic.flow import Flow
from lab.traffic.timeline import Span
from lab.traffic.visits import Step

Pair = tuple[str, str]
"""Calling and called service."""


def services_of(spans: Iterable[Span]) -> set[str]:
    """Every service that a request has ever come to."""
    return {stream.place.service for span in spans for stream in span.flow.streams}


def calls_between(spans: Sequence[Span], start: float, end: float) -> dict[Pair, float]:
    """Calls by pair in a time; `spans` are all up to its end."""
    found: dict[Pair, float] = defaultdict(float)
    ends = [*(later.start for _, later in pairwise(spans)), end]
    for span, until in zip(spans, ends, strict=True) if spans else ():
        seconds = min(until, end) - max(span.start, start)
        if seconds > 0:
            for pair, rate in _calls(span.flow):
                found[pair] += rate * seconds
    return dict(found)


def _calls(flow: Flow) -> Iterator[tuple[Pair, float]]:
    for root in flow.roots:
        if root.step is not None:
            yield from _below(root.step, root.rate, "")


def _below(step: Step, rate: float, caller: str) -> Iterator[tuple[Pair, float]]:
    for way in step.ways:
        if way.visit is None:
            continue
        each, service = rate / len(step.ways), way.visit.place.service
        if caller:
            yield (caller, service), each
        for share, further in zip(way.visit.reached, way.visit.steps, strict=True):
            yield from _below(further, each * share, service)
