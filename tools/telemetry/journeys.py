"""What traces add to the metrics: who calls whom, and where failing and slow requests go wrong.

Traces are asked for only of services whose metrics are worse than usual, and of the fronts where there are no
metrics, so that a healthy namespace costs one question.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from tools.deviations import extra_seconds, failing_share
from tools.signals import Delay, Failure, Service, Signals
from tools.telemetry.jaeger import Jaeger, Span, Trace
from tools.telemetry.windows import Windows

LIMIT = 20
"""Traces asked for of each service."""
SERVICES = 4
"""Services asked about at most, for failures and for delays."""
SLOW_SHARE = 0.5
"""Part of the extra time of the mean that a trace must take to be called slow."""
SLOW_TAIL = 1.5
"""How far above the usual slowest twentieth it must lie."""
SLOW_SECONDS = 1.0
"""What is slow where nothing is known about before."""
CUT = 160
"""Characters of an error's words."""
Calls = Mapping[str, frozenset[str]]


async def traced(jaeger: Jaeger, namespace: str, windows: Windows, signals: Signals) -> Signals:
    """The signals with what traces tell. Raises `TelemetryUnreachable` and `TelemetryRejected`."""
    start = windows.now - windows.window * windows.late
    edges: dict[str, set[str]] = defaultdict(set)
    for caller, callee, _ in await jaeger.dependencies(windows.now, windows.now - start):
        edges[caller].add(callee)
    calls = {caller: frozenset(callees) for caller, callees in edges.items()}
    failing, slow = _questions(signals, calls)
    asked = [
        *(jaeger.traces(name, start, windows.now, LIMIT, failed=True) for name in failing),
        *(jaeger.traces(name, start, windows.now, LIMIT, longer=least) for name, least in slow.items()),
    ]
    answers = await asyncio.gather(*asked)
    failed, late = _once(answers[: len(failing)], namespace), _once(answers[len(failing) :], namespace)
    return replace(signals, calls=calls, failures=tuple(_failures(failed)), delays=tuple(_delays(late)))


def _questions(signals: Signals, calls: Calls) -> tuple[tuple[str, ...], dict[str, float]]:
    """Services to ask failed traces of; and to ask slow ones of, with the seconds that count as slow."""
    services = signals.services
    if not services:
        called = {callee for callees in calls.values() for callee in callees}
        fronts = [name for name in calls if name not in called][:SERVICES]
        return tuple(fronts), dict.fromkeys(fronts, SLOW_SECONDS)
    window = signals.window
    failing = [name for name, each in services.items() if failing_share(each, window)]
    slow = {name: extra for name, each in services.items() if (extra := extra_seconds(each, window))}
    deepest = {name: (slow[name], services[name]) for name in _deepest(slow, calls)}
    return tuple(_deepest(failing, calls)), {name: _least(extra, each) for name, (extra, each) in deepest.items()}


def _least(extra: float, service: Service) -> float:
    """The seconds from which a trace is slower than nearly all were before."""
    return max((service.seconds.usual or 0.0) + SLOW_SHARE * extra, SLOW_TAIL * (service.slowest.usual or 0.0))


def _deepest(names: Iterable[str], calls: Calls) -> list[str]:
    """Those that call none of the others: a trace through them shows whoever is above, too."""
    chosen = set(names)
    leaves = [name for name in chosen if not chosen & (calls.get(name, frozenset()) - {name})]
    return sorted(leaves or chosen)[:SERVICES]


def _once(answers: Iterable[Sequence[Trace]], namespace: str) -> list[Trace]:
    """Each trace that touches the namespace once; programs that do not say theirs are believed."""
    found = {trace.id: trace for answer in answers for trace in answer}
    return [each for each in found.values() if any(span.namespace in ("", namespace) for span in each.spans)]


# ---- failures ----


def _failures(traces: Iterable[Trace]) -> Iterator[Failure]:
    groups: dict[tuple[str, str, str, str], list[tuple[Trace, Span]]] = defaultdict(list)
    for trace in traces:
        failed = [span for span in trace.spans if span.failed]
        parents = {span.parent for span in failed}
        for span in failed:
            if span.id not in parents:
                error = " ".join(span.error.split())[:CUT]
                groups[span.service, span.operation, error, span.peer].append((trace, span))
    for (service, operation, error, peer), found in sorted(groups.items(), key=lambda group: -len(group[1])):
        yield Failure(service, operation, error, peer, _above(*found[0]), len({trace.id for trace, _ in found}))


def _above(trace: Trace, span: Span) -> tuple[str, ...]:
    """Services through which a span was reached, nearest first, itself left out."""
    known = {each.id: each for each in trace.spans}
    names, here = [], known.pop(span.parent, None)
    while here is not None:
        names.append(here.service)
        here = known.pop(here.parent, None)
    return tuple(name for name in dict.fromkeys(names) if name != span.service)


# ---- delays ----


@dataclass(frozen=True)
class _Loss:
    """A stretch of a trace in which nobody below works."""

    span: Span
    callee: str
    ahead: str
    seconds: float


def _delays(traces: Iterable[Trace]) -> Iterator[Delay]:
    groups: dict[tuple[str, str, str, str], list[tuple[Trace, _Loss]]] = defaultdict(list)
    for trace in traces:
        loss = max(_losses(trace), key=lambda loss: loss.seconds)
        groups[loss.span.service, loss.span.operation, loss.callee, loss.ahead].append((trace, loss))
    for (service, operation, callee, ahead), found in sorted(groups.items(), key=lambda group: -len(group[1])):
        seconds = median(loss.seconds for _, loss in found)
        above = _above(found[0][0], found[0][1].span)
        yield Delay(service, operation, callee, ahead, seconds, above, len(found))


def _losses(trace: Trace) -> Iterator[_Loss]:
    """For each span the longest time that none of its children covers.

    What a client's span loses is lost on the way to the service that answers.
    """
    below: dict[str, list[Span]] = defaultdict(list)
    for span in trace.spans:
        below[span.parent].append(span)
    for span in trace.spans:
        children = sorted(below[span.id], key=lambda child: child.start)
        lost, following = max(_gaps(span, children), key=lambda gap: gap[0])
        if span.kind == "client":
            answering = next((child.service for child in children if child.service != span.service), "")
            yield _Loss(span, answering or span.peer, "", lost / 1e6)
        else:
            ahead = "" if following is None or following.service == span.service else following.service
            yield _Loss(span, "", ahead, lost / 1e6)


def _gaps(span: Span, children: Sequence[Span]) -> Iterator[tuple[int, Span | None]]:
    """Stretches of a span without a running child, in microseconds, each with the child that ends it."""
    until = span.start
    for child in children:
        yield max(0, child.start - until), child
        until = max(until, child.start + child.duration)
    yield max(0, span.start + span.duration - until), None
