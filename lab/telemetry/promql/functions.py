"""The functions, as Prometheus 2.45 computes them (promql/functions.go, promql/quantile.go)."""

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import promql_parser as promql

from lab.telemetry.promql.values import Matrix, PromqlError, Sample, Vector, Window, key_of

THRESHOLD = 1.1
"""A window counts as covered where the next sample could be this many mean distances away."""


def rates(function: str, matrix: Matrix) -> Vector:
    """`rate`, `increase` or `irate` of each window that has two samples."""
    found = []
    for window in matrix.windows:
        value = _irate(window) if function == "irate" else _extrapolated(window, matrix, function == "rate")
        if value is not None:
            found.append(Sample(window.labels, value).unnamed(value))
    return Vector(found)


def _irate(window: Window) -> float | None:
    if len(window.samples) < 2:
        return None
    (before, was), (last, now) = window.samples[-2:]
    return (now if now < was else now - was) / (last - before)


def _extrapolated(window: Window, matrix: Matrix, per_second: bool) -> float | None:
    """`extrapolatedRate`: the growth between the samples, stretched to the ends of the window."""
    samples = window.samples
    if len(samples) < 2:
        return None
    (first, value), (last, latest) = samples[0], samples[-1]
    growth = latest - value
    for (_, before), (_, after) in pairwise(samples):
        if after < before:
            growth += before
    covered = last - first
    apart = covered / (window.count - 1)
    to_start, to_end = first - matrix.start, matrix.end - last
    if to_start >= apart * THRESHOLD:
        to_start = apart / 2
    if growth > 0 and value >= 0:
        to_start = min(to_start, covered * (value / growth))
    if to_end >= apart * THRESHOLD:
        to_end = apart / 2
    growth *= (covered + to_start + to_end) / covered
    return growth / (matrix.end - matrix.start) if per_second else growth


def histogram_quantile(share: float, vector: Vector) -> Vector:
    """Of each group of buckets the value below which `share` of the observations lie."""
    groups: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    for sample in vector.samples:
        try:
            bound = float(sample.labels["le"])
        except (KeyError, ValueError):
            continue
        rest = {key: word for key, word in sample.labels.items() if key not in ("le", "__name__")}
        groups[key_of(rest)].append((bound, sample.value))
    return Vector([Sample(dict(key), _quantile(share, buckets)) for key, buckets in groups.items()])


def _quantile(share: float, buckets: Iterable[tuple[float, float]]) -> float:
    """`bucketQuantile`: linear within the bucket that holds the rank."""
    if math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.inf if share > 1 else -math.inf
    ordered: list[tuple[float, float]] = []
    for bound, count in sorted(buckets):
        ordered.append((bound, max(count, ordered[-1][1]) if ordered else count))
    if len(ordered) < 2 or not math.isinf(ordered[-1][0]) or ordered[-1][1] == 0:
        return math.nan
    rank = share * ordered[-1][1]
    number = next((i for i, (_, count) in enumerate(ordered[:-1]) if count >= rank), len(ordered) - 1)
    if number == len(ordered) - 1:
        return ordered[-2][0]
    bound, count = ordered[number]
    if number == 0 and bound <= 0:
        return bound
    below, counted = ordered[number - 1] if number else (0.0, 0.0)
    return below + (bound - below) * ((rank - counted) / (count - counted)) if count > counted else bound


def absent(argument: Any, vector: Vector) -> Vector:
    """One sample of 1 when there is nothing, with the labels that the selector names exactly."""
    if vector.samples:
        return Vector([])
    labels: dict[str, str] = {}
    if isinstance(argument, promql.VectorSelector):
        for matcher in argument.matchers.matchers:
            if matcher.op == promql.MatchOp.Equal and matcher.name != "__name__":
                labels[matcher.name] = matcher.value
    return Vector([Sample(labels, 1.0)])


def number(value: Any, what: str) -> float:
    """A scalar argument. Raises PromqlError."""
    if not isinstance(value, float):
        raise PromqlError(f"{what} must be a number", "execution")
    return value
