"""A service answers late though its pods are well: the deepest one whose time is not lost below it."""

from collections.abc import Iterator

from domain.cluster import Severity
from domain.diagnosis import Cause
from domain.evidence import Finding
from tools.analyzers.signals_graph import Graph
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.signals import Delay
from tools.snapshot import Snapshot

_MUCH_SECONDS = 1.0
"""Extra seconds that are critical."""
_LIKE = 0.5
"""Part of the largest delay from which others count as of the same kind."""
_LEAST_SHARE = 0.5
"""Part of a service's extra time that a delay in traces must explain."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each service that is slow by itself, or to reach."""
    graph = Graph.of(snapshot)
    for name in graph.slow:
        delay = _delay(graph, name)
        if delay is not None and delay.service != name and delay.service in graph.slow:
            continue  # its time is lost below it, where another suspicion looks
        if delay is None and graph.callees(name) & graph.slow.keys():
            continue
        callee = _way_to(graph, delay) if delay is not None else ""
        yield _far(graph, name, delay, callee) if delay and callee else _own(graph, name, delay)
    if not graph.services:
        yield from (_own(graph, delay.service, delay) for delay in graph.signals.delays[:1] if not delay.callee)


def _delay(graph: Graph, name: str) -> Delay | None:
    """Where most of the slow requests through a service lose their time."""
    through = [delay for delay in graph.signals.delays if name == delay.service or name in delay.above]
    return max(through, key=lambda delay: delay.traces * delay.seconds, default=None)


def _way_to(graph: Graph, delay: Delay) -> str:
    """The service on the way to which the time is lost; empty when it is lost at work.

    Where calls have no spans of their own, it takes two kinds of requests that both wait just before the same
    service, and no third one that waits elsewhere.
    """
    if delay.callee:
        return graph.dialled(delay.callee) or delay.callee
    least = _LIKE * delay.seconds
    alike = [each for each in graph.signals.delays if each.service == delay.service and each.seconds >= least]
    one = len({each.ahead for each in alike}) == 1 and len({each.operation for each in alike}) > 1
    return delay.ahead if one else ""


def _own(graph: Graph, name: str, delay: Delay | None) -> Suspicion:
    at = delay.service if delay else name
    ref = graph.ref(at)
    lost = f", {delay.seconds:.2f} s of it at its own work in {delay.operation}" if delay else ""
    return suspect(
        Cause.SERVICE_LATENCY,
        ref,
        f"{at} is slow by itself: {_much(graph, name)}{lost}.",
        _findings(graph, name, delay),
        confidence=0.7 if delay else 0.55,
        affected=graph.refs((*graph.above(at, graph.slow), *(delay.above if delay else ()))),
        directness=Directness.INFERRED,
        follows=True,
    )


def _far(graph: Graph, name: str, delay: Delay, callee: str) -> Suspicion:
    ref = graph.ref(callee)
    return suspect(
        Cause.NETWORK_DEGRADED,
        ref,
        f"Calls of {delay.service} to {callee} take {delay.seconds:.2f} s on the way, "
        f"while {callee} itself answers as fast as ever.",
        _findings(graph, name, delay),
        confidence=0.65,
        affected=graph.refs((delay.service, *delay.above)),
        directness=Directness.INFERRED,
        follows=True,
        blames=graph.service_refs(callee),
    )


def _findings(graph: Graph, name: str, delay: Delay | None) -> list[Finding]:
    much = graph.slow.get(name, delay.seconds if delay else 0.0)
    severity = Severity.CRITICAL if much >= _MUCH_SECONDS else Severity.WARNING
    found = [seen(graph.snapshot, graph.ref(name), f"{name}: {_much(graph, name)}.", severity)]
    if delay is not None:
        way = " → ".join((*reversed(delay.above), delay.service))
        ahead = f", just before it calls {delay.ahead}" if delay.ahead else ""
        where = f"on the way to {delay.callee}" if delay.callee else f"inside {delay.operation}{ahead}"
        text = f"{delay.traces} slow traces lose {delay.seconds:.2f} s at {way} {where}."
        found.append(seen(graph.snapshot, graph.ref(delay.service), text, severity))
    return found


def _much(graph: Graph, name: str) -> str:
    """`its answers take 2.51 s, usually 0.01 s`."""
    service = graph.services.get(name)
    if service is None:
        return "its answers take long"
    now, usual = service.seconds.now, service.seconds.usual or 0.0
    if now - usual >= (graph.slow.get(name, 0.0) * _LEAST_SHARE):
        return f"its answers take {now:.2f} s, usually {usual:.2f} s"
    return f"one answer in twenty takes {service.slowest.now:.2f} s, usually {service.slowest.usual or 0.0:.2f} s"
