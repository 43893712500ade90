"""The answer to a PromQL query over the last minutes: for each series how it went."""

import math
from collections.abc import Mapping
from datetime import datetime
from statistics import median

from domain.cluster import Ref, Severity
from domain.probes import Promql
from tools.read.outcome import Outcome, count, observe
from tools.read.words import table
from tools.telemetry.fence import held_to
from tools.telemetry.prometheus import Line
from tools.telemetry.servers import Servers

POINTS = 60
"""Values asked for of each series."""
FINEST = 15.0
"""Seconds between two of them at least."""
ROWS = 200
MOVED = 0.3
"""By which part of itself a series must have left its usual value to come before the larger ones that rest."""
NOT_CONFIGURED = "No Prometheus is configured (AOI_PROMETHEUS_URL), so there are no metrics to ask."


async def run(servers: Servers, call: Promql, now: datetime) -> Outcome:
    """One row a series: first, least, greatest and last value; those that left their usual value come first."""
    if servers.prometheus is None:
        return Outcome(NOT_CONFIGURED)
    end, seconds = now.timestamp(), call.minutes * 60
    step = max(FINEST, seconds / POINTS)
    query = held_to(call.namespace, call.query)
    lines = await servers.prometheus.query_range(query, end - seconds, end, step)
    lines = tuple(line for line in lines if line.values)
    if not lines:
        return Outcome(f"The query has no answer in namespace {call.namespace} in the last {call.minutes} min.")
    lines = tuple(sorted(lines, key=lambda line: (_moved(line), _last(line)), reverse=True))
    ref = Ref(kind="Namespace", name=call.namespace)
    seen = tuple(observe(Severity.INFO, ref, f"{spelled(line.labels)}: {_told(line)}.") for line in lines[:ROWS])
    rows = [("SERIES", "FIRST", "LEAST", "GREATEST", "LAST"), *(_row(line) for line in lines[:ROWS])]
    note = f"{count(len(lines), 'series', 'series').capitalize()} over the last {call.minutes} min."
    return Outcome(note, f"{query}\n\n{table(rows)}", seen)


def _moved(line: Line) -> float:
    """How far the last value lies from the median of the first half, as a part of the larger; 0 while it rests."""
    values = [value for _, value in line.values if math.isfinite(value)]
    if len(values) < 4:
        return 0.0
    usual, last = median(values[: len(values) // 2]), values[-1]
    part = abs(last - usual) / (max(abs(last), abs(usual)) or 1.0)
    return part if part >= MOVED else 0.0


def _last(line: Line) -> float:
    value = line.values[-1][1]
    return -math.inf if math.isnan(value) else value


def _told(line: Line) -> str:
    _, first, least, greatest, last = _row(line)
    return f"{last} now" if least == greatest else f"{last} now, {first} at first, between {least} and {greatest}"


def _row(line: Line) -> tuple[str, str, str, str, str]:
    values = [value for _, value in line.values]
    real = [value for value in values if not math.isnan(value)] or values
    first, least, greatest, last = map(figure, (values[0], min(real), max(real), values[-1]))
    return (spelled(line.labels), first, least, greatest, last)


def figure(value: float) -> str:
    """Four figures, as people read them."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def spelled(labels: Mapping[str, str]) -> str:
    """`http_requests_total{code="200"}`; without labels, `value`."""
    inner = ",".join(f'{key}="{labels[key]}"' for key in sorted(labels) if key not in ("__name__", "namespace"))
    return f"{labels.get('__name__', '')}{{{inner}}}" if inner else labels.get("__name__", "value")
