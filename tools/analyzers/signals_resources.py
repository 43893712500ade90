"""A workload that burns CPU though nobody asks more of it."""

from collections.abc import Iterator

from domain.base import Json
from domain.cluster import Severity
from domain.diagnosis import Cause
from tools.analyzers.objects import Workload, age, dig, name_of
from tools.analyzers.quantity import amount
from tools.analyzers.signals_graph import Graph
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.deviations import CPU_CORES, CPU_WORSE, risen
from tools.signals import Course, Pod
from tools.snapshot import Snapshot

_FULL = 0.9
"""Share of the CPU limit from which a program waits for its turn."""
_WARM_SECONDS = 420.0
"""A container that is younger may still be starting, compiling or filling its caches."""


def analyze_cpu(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload whose CPU rose far above its usual without more requests."""
    graph = Graph.of(snapshot)
    for workload in graph.wiring.workloads:
        if _asked_for_more(graph, workload):
            continue
        pods = [pod for pod in _warm(graph, workload) if _is_burning(workload, pod.cpu)]
        if pods:
            yield _burning(graph, workload, max(pods, key=lambda pod: pod.cpu.now))


def cpu_rise(graph: Graph, name: str) -> float:
    """Cores that the pods of a service use above their usual."""
    workload = graph.workload(name)
    pods = _pods(graph, workload) if workload else ()
    return sum(max(0.0, pod.cpu.now - (pod.cpu.usual or 0.0)) for pod in pods)


def _pods(graph: Graph, workload: Workload) -> Iterator[Pod]:
    return (pod for each in workload.pods if (pod := graph.signals.pods.get(name_of(each))) is not None)


def _warm(graph: Graph, workload: Workload) -> Iterator[Pod]:
    for pod in workload.pods:
        used = graph.signals.pods.get(name_of(pod))
        if used is not None and not is_young(graph.snapshot, pod):
            yield used


def is_young(snapshot: Snapshot, pod: Json) -> bool:
    """Whether a container of the pod may still be starting, compiling or filling its caches."""
    states = dig(pod, "status", "containerStatuses") or ()
    return any(age(snapshot, dig(each, "state", "running", "startedAt")) < _WARM_SECONDS for each in states)


def _asked_for_more(graph: Graph, workload: Workload) -> bool:
    """Whether it gets a surge of requests, or makes one."""
    names = graph.names_of(workload) or (workload.ref.name,)
    return any(name in graph.surging or graph.callees(name) & graph.surging.keys() for name in names)


def _is_burning(workload: Workload, cpu: Course) -> bool:
    limit = limit_of(workload, "cpu")
    full = limit is not None and cpu.now >= _FULL * limit and risen(cpu, 1.5, _FULL * limit / 3) is not None
    return full or risen(cpu, CPU_WORSE, CPU_CORES) is not None


def _burning(graph: Graph, workload: Workload, pod: Pod) -> Suspicion:
    name, usual = workload.ref.name, pod.cpu.usual or 0.0
    limit = limit_of(workload, "cpu")
    of = f" of {limit:.2g} allowed" if limit else ""
    slow = [each for each in graph.names_of(workload) if each in graph.slow]
    text = f"{name} uses {pod.cpu.now:.2f} cores{of}, usually {usual:.2f}, without getting more requests"
    return suspect(
        Cause.CPU_SATURATION,
        workload.ref,
        f"{text}.",
        [seen(graph.snapshot, workload.ref, f"{text}.", Severity.WARNING)],
        confidence=0.7 if slow else 0.6,
        affected=graph.refs(each for one in slow for each in graph.above(one, graph.slow)),
        directness=Directness.INFERRED,
        follows=True,
    )


def limit_of(workload: Workload, resource: str) -> float | None:
    """The sum of the containers' limits; `None` when one has none."""
    texts = [dig(each, "resources", "limits", resource) for each in workload.pod_spec.get("containers") or ()]
    amounts = [amount(text) for text in texts]
    known = [float(each) for each in amounts if each is not None]
    return sum(known) if known and len(known) == len(amounts) else None
