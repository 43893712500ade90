"""Failing and slow requests, as the ways they took."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from domain.cluster import Ref, Severity
from domain.probes import Traces
from tools.compress.shapes import masked, without_ids
from tools.read.outcome import Observation, Outcome, count, observe
from tools.telemetry.jaeger import Jaeger, Span, Trace
from tools.telemetry.servers import Servers

SERVICES = 40
"""Services asked about at most."""
EACH = 20
"""Traces of each kind, failed ones, slow ones and any, asked for of each service."""
SLOW_SECONDS = 1.0
"""Requests that take less are not called slow."""
Telling = tuple[Trace, Span]
"""A trace and the span of it that tells most."""
Groups = Mapping[tuple[str, str], list[Telling]]
"""By the way they took and the shape of the error, so that a 503 stays apart from a 404."""
NOT_CONFIGURED = "No Jaeger is configured (AOI_JAEGER_URL), so there are no traces to look at."


async def run(servers: Servers, call: Traces, now: datetime) -> Outcome:
    """Failing ways by where they end, the most frequent first; slow ones by where time goes, the slowest first."""
    if servers.jaeger is None:
        return Outcome(NOT_CONFIGURED)
    end = now.timestamp()
    names = (call.service,) if call.service else (await servers.jaeger.services())[:SERVICES]
    traces = await _gathered(servers.jaeger, names, end - call.minutes * 60, end)
    mine = [trace for trace in traces if _inside(trace, call.namespace)]
    through = f"through {call.service}" if call.service else f"in namespace {call.namespace}"
    if not mine:
        return Outcome(f"There are no traces {through} in the last {call.minutes} min.")
    failing = _grouped(_failures(mine), len)
    slow = _grouped(_slow(mine), lambda found: max(trace.root.duration for trace, _ in found))
    blocks = [*_blocks("fails", failing), *_blocks("slow", slow)] or ["no request failed or was slow"]
    seen = (
        *_observed(call.namespace, failing, Severity.CRITICAL, "Requests fail here"),
        *_observed(call.namespace, slow, Severity.WARNING, "Requests lose their time here"),
    )
    failed = sum(1 for trace in mine if any(span.failed for span in trace.spans))
    note = f"Looked at {count(len(mine), 'request')} {through}: {failed} failed, {_slow_count(mine)} slow."
    return Outcome(note, "\n".join(blocks), seen)


async def _gathered(jaeger: Jaeger, names: Iterable[str], start: float, end: float) -> tuple[Trace, ...]:
    """Each trace once, newest first."""
    asked = [
        jaeger.traces(name, start, end, EACH, failed, longer)
        for name in names
        for failed, longer in ((True, 0.0), (False, SLOW_SECONDS), (False, 0.0))
    ]
    found = {trace.id: trace for answer in await asyncio.gather(*asked) for trace in answer}
    return tuple(sorted(found.values(), key=lambda trace: trace.root.start, reverse=True))


def _inside(trace: Trace, namespace: str) -> bool:
    """Whether it touches the namespace; programs that do not say theirs are believed."""
    return any(span.namespace in ("", namespace) for span in trace.spans)


def _failures(traces: Iterable[Trace]) -> Iterator[Telling]:
    """Each failed trace with the span that failed first: the failed one that has no failed child."""
    for trace in traces:
        failed = [span for span in trace.spans if span.failed]
        parents = {span.parent for span in failed}
        origin = next((span for span in failed if span.id not in parents), None)
        if origin is not None:
            yield trace, origin


def _slow(traces: Iterable[Trace]) -> Iterator[Telling]:
    """Each slow trace with the span in which most of its time is spent, calls left out."""
    for trace in traces:
        if trace.root.duration >= SLOW_SECONDS * 1e6:
            inside: dict[str, int] = defaultdict(int)
            for span in trace.spans:
                inside[span.parent] += span.duration
            yield trace, max(trace.spans, key=lambda span: span.duration - inside[span.id])


def _slow_count(traces: Iterable[Trace]) -> int:
    return sum(1 for _ in _slow(traces))


def _grouped(found: Iterable[Telling], weight: Callable[[list[Telling]], int]) -> Groups:
    """The heaviest group first."""
    groups: dict[tuple[str, str], list[Telling]] = defaultdict(list)
    for trace, span in found:
        groups[_way(trace, span), masked(without_ids(span.error))].append((trace, span))
    return dict(sorted(groups.items(), key=lambda group: -weight(group[1])))


def _way(trace: Trace, span: Span) -> str:
    """`web GET / → basket GET /basket → store:6379`: the spans from the first to this one."""
    known = {each.id: each for each in trace.spans}
    steps, here = [], span
    while True:
        steps.append(here.peer or f"{here.service} {here.operation}")
        following = known.pop(here.parent, None)
        if following is None:
            return " → ".join(reversed(steps))
        here = following


def _blocks(what: str, groups: Groups) -> Iterator[str]:
    for (way, _), found in groups.items():
        trace, span = found[0]
        error = f": {span.error}" if span.error else ""
        longest = max(each.root.duration for each, _ in found) / 1e6
        yield f"{what} {len(found)}x {way}{error} (longest {longest:.2f}s, for example trace {trace.id})"


def _observed(namespace: str, groups: Groups, severity: Severity, text: str) -> Iterator[Observation]:
    for (way, _), found in groups.items():
        _, span = found[0]
        ref = Ref(kind="Service", name=span.service, namespace=namespace)
        error = f": {span.error}" if span.error else ""
        longest = max(each.duration for _, each in found) / 1e6
        yield observe(severity, ref, f"{text} ({len(found)} traces, up to {longest:.2f} s): {way}{error}")
