"""A workload that burns CPU or fills its memory though nobody asks more of it."""

from collections.abc import Iterator

from domain.base import Json
from domain.cluster import Severity
from domain.diagnosis import Cause
from tools.analyzers.objects import Workload, age, dig, name_of
from tools.analyzers.quantity import amount
from tools.analyzers.signals_graph import Graph
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.deviations import risen
from tools.signals import Course, Pod
from tools.snapshot import Snapshot

_CPU_WORSE = 3.0
_CPU_CORES = 0.15
"""Cores that the rise must come to."""
_FULL = 0.9
"""Share of the CPU limit from which a program waits for its turn."""
_WARM_SECONDS = 420.0
"""A container that is younger may still be starting, compiling or filling its caches."""
_MEMORY_WORSE = 1.3
_MEMORY_BYTES = 32 * 2**20
_SOON_SECONDS = 7200.0
"""A leak that reaches the limit later than this can wait."""
_KILLED_SECONDS = 1800.0
"""How long ago a kill for want of memory still speaks of today's growth."""
_MEBI = 2**20


def analyze_cpu(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload whose CPU rose far above its usual without more requests."""
    graph = Graph.of(snapshot)
    for workload in graph.wiring.workloads:
        if _asked_for_more(graph, workload):
            continue
        pods = [pod for pod in _warm(graph, workload) if _is_burning(workload, pod.cpu)]
        if pods:
            yield _burning(graph, workload, max(pods, key=lambda pod: pod.cpu.now))


def analyze_memory(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload whose memory grows towards its limit, or grew until it was killed."""
    graph = Graph.of(snapshot)
    for workload in graph.wiring.workloads:
        ends = (end for pod in workload.pods if (end := _end(graph, workload, pod)))
        told = next(ends, None)
        if told is not None:
            yield _leaking(graph, workload, told)


def _end(graph: Graph, workload: Workload, pod: Json) -> str:
    """How the memory of a pod grew and what came or will come of it, in words; empty when it does not leak."""
    used = graph.signals.pods.get(name_of(pod))
    if used is None or len(used.memory.lately) < 2:
        return ""
    memory, limit = used.memory, _limit(workload, "memory")
    killed = _killed_seconds(graph.snapshot, pod)
    if killed < _KILLED_SECONDS and _grew(memory, max(memory.highest, *memory.lately)):
        return f"{_sizes(memory, max(memory.highest, *memory.lately))}, until it was killed for want of more"
    left = _seconds_left(memory, limit, graph.signals.window)
    if left is None or _is_young(graph.snapshot, pod):
        return ""
    when = f" and reaches its limit in about {max(1, round(left / 60))} min" if limit else ""
    return f"{_sizes(memory, memory.now)}, still grows{when}"


def _sizes(memory: Course, to: float) -> str:
    return f"grew from {(memory.usual or 0.0) / _MEBI:.0f} to {to / _MEBI:.0f} MiB"


def _killed_seconds(snapshot: Snapshot, pod: Json) -> float:
    """Since a container of the pod was killed for its use of memory; infinite when none was."""
    last = (dig(s, "lastState", "terminated") or {} for s in dig(pod, "status", "containerStatuses") or ())
    ends = (age(snapshot, each.get("finishedAt")) for each in last if each.get("reason") == "OOMKilled")
    return min(ends, default=float("inf"))


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
        if used is not None and not _is_young(graph.snapshot, pod):
            yield used


def _is_young(snapshot: Snapshot, pod: Json) -> bool:
    states = dig(pod, "status", "containerStatuses") or ()
    return any(age(snapshot, dig(each, "state", "running", "startedAt")) < _WARM_SECONDS for each in states)


def _asked_for_more(graph: Graph, workload: Workload) -> bool:
    """Whether it gets a surge of requests, or makes one."""
    names = graph.names_of(workload) or (workload.ref.name,)
    return any(name in graph.surging or graph.callees(name) & graph.surging.keys() for name in names)


def _is_burning(workload: Workload, cpu: Course) -> bool:
    limit = _limit(workload, "cpu")
    full = limit is not None and cpu.now >= _FULL * limit and risen(cpu, 1.5, _FULL * limit / 3) is not None
    return full or risen(cpu, _CPU_WORSE, _CPU_CORES) is not None


def _burning(graph: Graph, workload: Workload, pod: Pod) -> Suspicion:
    name, usual = workload.ref.name, pod.cpu.usual or 0.0
    limit = _limit(workload, "cpu")
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


def _seconds_left(memory: Course, limit: float | None, window: float) -> float | None:
    """Until a growing memory reaches its limit, infinite without one; `None` when it does not leak."""
    a_second = (memory.lately[-1] - memory.lately[0]) / (window * (len(memory.lately) - 1))
    if a_second <= 0 or not _grew(memory, memory.now) or memory.now < memory.highest:
        return None
    left = (limit - memory.now) / a_second if limit else float("inf")
    return None if limit and left > _SOON_SECONDS else max(0.0, left)


def _grew(memory: Course, to: float) -> bool:
    usual = memory.usual
    return usual is not None and to >= _MEMORY_WORSE * usual and to - usual >= _MEMORY_BYTES


def _leaking(graph: Graph, workload: Workload, told: str) -> Suspicion:
    name = workload.ref.name
    slow = [each for each in graph.names_of(workload) if each in graph.slow]
    return suspect(
        Cause.MEMORY_LEAK,
        workload.ref,
        f"The memory of {name} {told}.",
        [seen(graph.snapshot, workload.ref, f"The memory of {name} {told}.", Severity.WARNING)],
        confidence=0.65,
        affected=graph.refs(each for one in slow for each in graph.above(one, graph.slow)),
        directness=Directness.INFERRED,
        follows=True,
    )


def _limit(workload: Workload, resource: str) -> float | None:
    """The sum of the containers' limits; `None` when one has none."""
    texts = [dig(each, "resources", "limits", resource) for each in workload.pod_spec.get("containers") or ()]
    amounts = [amount(text) for text in texts]
    known = [float(each) for each in amounts if each is not None]
    return sum(known) if known and len(known) == len(amounts) else None
