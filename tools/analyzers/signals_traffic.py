"""Far more requests than usual: the service that bears most of the surge."""

from collections.abc import Iterator

from domain.cluster import Severity
from domain.diagnosis import Cause
from tools.analyzers.signals_graph import Graph
from tools.analyzers.signals_resources import cpu_rise
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.snapshot import Snapshot


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each surge that enters: at whoever on its way works hardest for it."""
    graph = Graph.of(snapshot)
    fronts = [name for name in graph.surging if not set(graph.callers(name)) & graph.surging.keys()]
    for front in fronts:
        way = _way(graph, front)
        yield _case(graph, front, max(way, key=lambda name: (cpu_rise(graph, name), -way.index(name))), way)


def _way(graph: Graph, front: str) -> list[str]:
    """The surging services that a front leads to, itself first."""
    found, edge = [front], [front]
    while edge:
        below = {callee for name in edge for callee in graph.callees(name)}
        edge = sorted((below & graph.surging.keys()) - set(found))
        found += edge
    return found


def _case(graph: Graph, front: str, bearer: str, way: list[str]) -> Suspicion:
    rate = graph.services[bearer].requests.rate
    came = "" if bearer == front else f", which come in through {front}"
    text = f"{bearer} gets {rate.now:.1f} requests a second, usually {rate.usual or 0.0:.1f}{came}"
    cores = cpu_rise(graph, bearer)
    works = f"; it uses {cores:.2f} cores more for them" if cores >= 0.01 else ""
    others = (*(name for name in way if name != bearer), *graph.above(bearer, (*graph.slow, *graph.failing)))
    return suspect(
        Cause.TRAFFIC_SURGE,
        graph.ref(bearer),
        f"{text}{works}.",
        [seen(graph.snapshot, graph.ref(bearer), f"{text}{works}.", Severity.WARNING)],
        confidence=0.65,
        affected=graph.refs((*others, *graph.callers(front))),
        directness=Directness.INFERRED,
        follows=True,
    )
