"""A service answers with errors though its pods are well: the deepest one that nothing below it excuses."""

from collections.abc import Iterator

from domain.cluster import Ref, Severity
from domain.diagnosis import Cause
from domain.evidence import Finding
from tools.analyzers.logs import Trouble, trouble_of
from tools.analyzers.signals_graph import Graph
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.deviations import error_share
from tools.signals import Failure
from tools.snapshot import Snapshot

_MANY = 0.2
"""Share of failed requests that is critical."""
_MANY_TRACES = 4
"""Requests that end alike, so that it is no chance."""
_FEWEST = 3
"""Traces that must fail alike where no metrics tell how many requests fail."""
_RARE = 0.25
"""Part of the most frequent failure's traces below which another is background."""
_TOLD = 2
"""Kinds of failure that become findings."""
_UNREACHABLE = {Trouble.TIMED_OUT: Cause.NETWORK_DEGRADED}
"""What it means that calls to a service whose pods are ready end so; else it is simply down for its caller."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each service that fails by itself, and for each that is not reached."""
    graph = Graph.of(snapshot)
    failures = _significant(graph)
    origins: dict[str, list[Failure]] = {}
    for failure in failures:
        origins.setdefault(failure.service, []).append(failure)
    for name, mine in origins.items():
        yield from _cases(graph, name, mine)
    traced = {name for failure in failures for name in (failure.service, *failure.above)}
    for name in graph.failing.keys() - traced:
        if not graph.callees(name) & graph.failing.keys():
            yield _own(graph, name, [])


def _significant(graph: Graph) -> list[Failure]:
    """Failures of requests that fail more than they should, without those that any program has now and then."""
    failures = graph.signals.failures
    least = max((failure.traces for failure in failures), default=0) * _RARE
    if not graph.services:
        return [failure for failure in failures if failure.traces >= max(_FEWEST, least)]
    touched = [each for each in failures if {each.service, *each.above} & graph.failing.keys()]
    most = sum(failure.traces for failure in touched) / 2
    return [
        failure
        for failure in touched
        if failure.traces > most or (failure.traces >= least and not _is_usual(graph, failure.service))
    ]


def _is_usual(graph: Graph, name: str) -> bool:
    """Whether metrics tell that a service fails no more than it always did."""
    return name in graph.services and name not in graph.failing


def _cases(graph: Graph, name: str, mine: list[Failure]) -> Iterator[Suspicion]:
    lost: dict[str, list[Failure]] = {}
    own: list[Failure] = []
    for failure in mine:
        callee = graph.dialled(failure.peer) if failure.peer else None
        if callee is None or trouble_of(failure.error) is Trouble.NO_HOST:
            own.append(failure)
        else:
            lost.setdefault(callee, []).append(failure)
    if own or not lost:
        yield _own(graph, name, own)
    for callee, failures in lost.items():
        yield _lost(graph, name, callee, failures)


def _own(graph: Graph, name: str, failures: list[Failure]) -> Suspicion:
    """The service itself is at fault: it fails at work, or it dials an address that nobody has."""
    ref, words = graph.ref(name), next((failure.error for failure in failures if failure.error), "")
    wrong = next((f for f in failures if trouble_of(f.error) is Trouble.NO_HOST), None)
    if wrong is not None:
        fault = f"{name} calls a host that does not exist: “{wrong.error}”"
    else:
        fault = f"{name} answers with errors of its own" + (f": “{words}”" if words else "")
    share = graph.failing.get(name)
    return suspect(
        Cause.SERVICE_ERRORS,
        ref,
        f"{fault}; {_much(graph, name)}." if share else f"{fault}.",
        _findings(graph, name, failures),
        confidence=0.5 + (0.15 if failures else 0.0) + (0.1 if (share or 0) >= _MANY else 0.0),
        affected=_suffering(graph, name, failures),
        directness=Directness.INFERRED,
        follows=True,
    )


def _lost(graph: Graph, caller: str, callee: str, failures: list[Failure]) -> Suspicion:
    """Calls to a service are never answered."""
    trouble = trouble_of(failures[0].error)
    ref = graph.ref(callee)
    how = trouble.value if trouble else "no answer"
    return suspect(
        _UNREACHABLE.get(trouble, Cause.DEPENDENCY_DOWN) if trouble else Cause.DEPENDENCY_DOWN,
        ref,
        f"Calls of {caller} to {callee} are not answered ({how}), though nothing says that {callee} is down.",
        _findings(graph, caller, failures),
        confidence=0.65 if sum(failure.traces for failure in failures) >= _MANY_TRACES else 0.55,
        affected=(graph.ref(caller), *_suffering(graph, caller, failures)),
        directness=Directness.REPORTED,
        follows=True,
        blames=graph.service_refs(callee),
    )


def _suffering(graph: Graph, name: str, failures: list[Failure]) -> tuple[Ref, ...]:
    above = (*graph.above(name, graph.failing), *(each for failure in failures for each in failure.above))
    return graph.refs(above)


def _findings(graph: Graph, name: str, failures: list[Failure]) -> list[Finding]:
    ref, share = graph.ref(name), graph.failing.get(name)
    found = []
    if share is not None:
        severity = Severity.CRITICAL if share >= _MANY else Severity.WARNING
        found.append(seen(graph.snapshot, ref, f"{name}: {_much(graph, name)}.", severity))
    for failure in failures[:_TOLD]:
        way = " → ".join((*reversed(failure.above), failure.service))
        to = f" calling {failure.peer}" if failure.peer else ""
        words = f": “{failure.error}”" if failure.error else "."
        many = f"{failure.traces} trace{'s' if failure.traces > 1 else ''}"
        found.append(seen(graph.snapshot, ref, f"{many} fail first at {way} {failure.operation}{to}{words}"))
    return found


def _much(graph: Graph, name: str) -> str:
    """`9 % of its requests fail, usually 0 %`, or of one route where only that one fails."""
    service, window = graph.services[name], graph.signals.window
    worst = {route: share for route, r in service.routes.items() if (share := error_share(r, window))}
    if worst and len(worst) < len(service.routes):
        route = max(worst, key=lambda each: worst[each])
        return f"{worst[route]:.0%} of its requests to {route} fail, those to its other routes do not"
    rate, failed = service.requests.rate.usual, service.requests.failed.usual
    usual = f", usually {failed / rate:.1%}" if rate and failed is not None else ""
    return f"{graph.failing[name]:.0%} of its {service.requests.rate.now:.2g} requests a second fail{usual}"
