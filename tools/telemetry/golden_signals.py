"""Rate, errors and latency of each service, against the hour before."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.cluster import Ref, Severity
from domain.probes import GoldenSignals
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import table
from tools.telemetry.conventions import CONVENTIONS, Convention
from tools.telemetry.prometheus import Prometheus, Sample
from tools.telemetry.promql import NOT_CONFIGURED
from tools.telemetry.servers import Servers

SHARE = 0.95
"""The quantile of the latency that is looked at."""
ERRORS = 0.02
"""Share of failed requests from which a service may be called failing."""
MANY_ERRORS = 0.2
"""The same for critical."""
WORSE = 3.0
"""By how much a figure must be worse than before."""
SLOWER_SECONDS = 0.1
"""And by how much at least, for a latency."""
QUIET = 0.1
"""Requests a second below which a service is too quiet to judge its traffic."""


@dataclass(frozen=True)
class Signals:
    """One service over one time."""

    rate: float = 0.0
    """Requests a second."""
    errors: float = 0.0
    """Share of them that fail."""
    seconds: float | None = None
    """The quantile of the latency; `None` without requests."""


async def run(servers: Servers, call: GoldenSignals, now: datetime) -> Outcome:
    """One row a service; what is worse than before matters."""
    if servers.prometheus is None:
        return Outcome(NOT_CONFIGURED)
    at = now.timestamp()
    for convention in CONVENTIONS:
        current, before = await _measured(servers.prometheus, convention, call, at)
        if current or before:
            return _told(call, current, before)
    return Outcome(f"Prometheus has no request metrics of services in namespace {call.namespace}.")


async def _measured(
    prometheus: Prometheus, convention: Convention, call: GoldenSignals, at: float
) -> tuple[dict[str, Signals], dict[str, Signals]]:
    """By service: now, and in the hour before."""
    space = call.namespace
    windows = {"now": f"[{call.minutes}m]", "before": f"[1h] offset {call.minutes}m"}
    queries = {}
    for when, window in windows.items():
        queries[f"{when} rate"] = convention.rate(space, window)
        queries[f"{when} failed"] = convention.rate(space, window, failed=True)
        queries[f"{when} latency"] = convention.latency(space, window, SHARE)
    found = await prometheus.queries(queries, at)
    current, before = (
        _signals(convention, found[f"{when} rate"], found[f"{when} failed"], found[f"{when} latency"])
        for when in windows
    )
    return current, before


def _signals(
    convention: Convention, rates: Sequence[Sample], failed: Sequence[Sample], latency: Sequence[Sample]
) -> dict[str, Signals]:
    label = convention.service
    errors = {sample.labels.get(label, ""): sample.value for sample in failed}
    times = {
        sample.labels.get(label, ""): sample.value * convention.seconds
        for sample in latency
        if math.isfinite(sample.value)
    }
    return {
        (name := sample.labels.get(label, "")): Signals(
            rate=sample.value,
            errors=errors.get(name, 0.0) / sample.value if sample.value else 0.0,
            seconds=times.get(name),
        )
        for sample in rates
    }


def _told(call: GoldenSignals, current: dict[str, Signals], before: dict[str, Signals]) -> Outcome:
    names = sorted(current.keys() | before.keys())
    rows: list[tuple[str, ...]] = [("SERVICE", "REQUESTS/S", "BEFORE", "ERRORS", "BEFORE", "P95", "BEFORE")]
    seen: list[Observation] = []
    for name in names:
        now, then = current.get(name, Signals()), before.get(name, Signals())
        rows.append((name, *_cells(now, then)))
        ref = Ref(kind="Service", name=name or "unknown", namespace=call.namespace)
        seen += _worse(ref, now, then)
    note = f"{count(len(names), 'service').capitalize()} measured over {call.minutes} min against the hour before"
    return Outcome(f"{note}: {count(len(seen), 'change')} for the worse.", table(rows), tuple(seen))


def _cells(now: Signals, then: Signals) -> tuple[str, ...]:
    pairs = ((f"{each.rate:.2f}", f"{100 * each.errors:.1f}%", _time(each.seconds)) for each in (now, then))
    (rate, errors, seconds), (old_rate, old_errors, old_seconds) = pairs
    return (rate, old_rate, errors, old_errors, seconds, old_seconds)


def _worse(ref: Ref, now: Signals, then: Signals) -> Iterator[Observation]:
    if now.errors >= ERRORS and now.errors >= WORSE * then.errors:
        severity = Severity.CRITICAL if now.errors >= MANY_ERRORS else Severity.WARNING
        text = f"{100 * now.errors:.1f} % of its {now.rate:.2f} requests a second fail"
        yield observe(severity, ref, f"{text}; in the hour before {100 * then.errors:.1f} %.")
    seconds, usual = now.seconds or 0.0, then.seconds
    if usual is not None and seconds >= WORSE * usual and seconds - usual >= SLOWER_SECONDS:
        text = f"95 % of its answers come within {_time(seconds)}"
        yield observe(Severity.WARNING, ref, f"{text}; in the hour before within {_time(usual)}.")
    if then.rate >= QUIET and now.rate <= then.rate / WORSE:
        text = f"It gets {now.rate:.2f} requests a second; in the hour before {then.rate:.2f}"
        yield observe(Severity.WARNING, ref, f"{text}.")
    elif now.rate >= QUIET and then.rate > 0 and now.rate >= WORSE * then.rate:
        text = f"It gets {now.rate:.2f} requests a second; in the hour before only {then.rate:.2f}"
        yield observe(Severity.INFO, ref, f"{text}.")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2f}s" if seconds >= 1 else f"{1000 * seconds:.0f}ms"
