"""A workload whose memory grows towards its limit, fast or over hours, or grew until it was killed."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from domain.base import Json
from domain.cluster import Severity
from domain.diagnosis import Cause
from tools.analyzers.objects import Workload, age, dig, name_of
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.signals_graph import Graph
from tools.analyzers.signals_resources import is_young, limit_of
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.deviations import MEMORY_BYTES, MEMORY_WORSE
from tools.signals import PAST_SECONDS, Course
from tools.snapshot import Snapshot

_SOON_SECONDS = 7200.0
"""A leak that reaches the limit later than this can wait."""
_KILLED_SECONDS = 1800.0
"""How long ago a kill for want of memory still speaks of today's growth."""
_SLOWLY = 1.15
"""By how much a memory must have grown in an hour that rises all the time."""
_TODAY_SECONDS = 6 * 3600.0
"""A steady growth that reaches the limit later than this can wait."""
_RISING = 0.85
"""Share of all pairs of values of which the later one is larger, in a growth that is steady."""
_LEVELLING = 0.3
"""Part of the growth that its second half must hold; caches fill and then rest."""
_RESTART = 0.7
"""A value below this part of the one before is of a new process."""
_AGAIN = 1.1
"""By how much each of two processes must have grown, one killed and the next one on its way."""
_MEBI = 2**20


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
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
    memory, limit = used.memory, limit_of(workload, "memory")
    killed = _killed_seconds(graph.snapshot, pod)
    if killed < _KILLED_SECONDS and _grew(memory, max(memory.highest, *memory.lately)):
        return f"{_sizes(memory, max(memory.highest, *memory.lately))}, until it was killed for want of more"
    if killed < PAST_SECONDS and (again := _again(memory)):
        return again
    left = _seconds_left(memory, limit, graph.signals.window)
    if left is None:
        left = _steadily((*memory.before, *memory.lately), limit)
    if left is None or is_young(graph.snapshot, pod):
        return ""
    when = f" and reaches its limit in about {max(1, round(left / 60))} min" if limit else ""
    return f"{_sizes(memory, memory.now)}, still grows{when}"


def _again(memory: Course) -> str:
    """How a process grew until it was killed and the next one does, in words; empty when it is not so."""
    values = (*memory.before, *memory.lately)
    start = next((at for at in range(len(values) - 1, 0, -1) if values[at] < _RESTART * values[at - 1]), 0)
    first, second = values[:start], values[start:]
    if min(len(first), len(second)) < 2 or not all(part[-1] >= _AGAIN * part[0] for part in (first, second)):
        return ""
    sizes = " and ".join(f"from {part[0] / _MEBI:.0f} to {part[-1] / _MEBI:.0f} MiB" for part in (first, second))
    return f"grew {sizes}, with a kill for want of more in between"


def _steadily(values: Sequence[float], limit: float | None) -> float | None:
    """Seconds until a growth of hours reaches the limit; `None` when it is none, or rests."""
    if limit is None or len(values) < 5:
        return None
    first, last, middle = values[0], values[-1], values[len(values) // 2]
    pairs = list(combinations(values, 2))
    rising = sum(later > earlier for earlier, later in pairs) / len(pairs)
    grown = last - first
    if last < _SLOWLY * first or grown < MEMORY_BYTES or rising < _RISING or last - middle < _LEVELLING * grown:
        return None
    left = (limit - last) / grown * PAST_SECONDS
    return max(0.0, left) if left <= _TODAY_SECONDS else None


def _sizes(memory: Course, to: float) -> str:
    return f"grew from {(memory.usual or 0.0) / _MEBI:.0f} to {to / _MEBI:.0f} MiB"


def _killed_seconds(snapshot: Snapshot, pod: Json) -> float:
    """Since a container of the pod was killed for its use of memory; infinite when none was."""
    last = (dig(s, "lastState", "terminated") or {} for s in dig(pod, "status", "containerStatuses") or ())
    ends = (age(snapshot, each.get("finishedAt")) for each in last if each.get("reason") == "OOMKilled")
    return min(ends, default=float("inf"))


def _seconds_left(memory: Course, limit: float | None, window: float) -> float | None:
    """Until a growing memory reaches its limit, infinite without one; `None` when it does not leak."""
    a_second = (memory.lately[-1] - memory.lately[0]) / (window * (len(memory.lately) - 1))
    if a_second <= 0 or not _grew(memory, memory.now) or memory.now < memory.highest:
        return None
    left = (limit - memory.now) / a_second if limit else float("inf")
    return None if limit and left > _SOON_SECONDS else max(0.0, left)


def _grew(memory: Course, to: float) -> bool:
    usual = memory.usual
    return usual is not None and to >= MEMORY_WORSE * usual and to - usual >= MEMORY_BYTES


def _leaking(graph: Graph, workload: Workload, told: str) -> Suspicion:
    name = workload.ref.name
    slow = [each for each in graph.names_of(workload) if each in graph.slow]
    change = recent_change(graph.snapshot, workload)
    findings = [seen(graph.snapshot, workload.ref, f"The memory of {name} {told}.", Severity.WARNING)]
    if change:
        findings.append(seen(graph.snapshot, workload.ref, f"The last revision changed {in_words(change)}."))
    return suspect(
        Cause.MEMORY_LEAK,
        workload.ref,
        f"The memory of {name} {told}.",
        findings,
        confidence=0.65,
        actions=back_from(workload, change),
        affected=graph.refs(each for one in slow for each in graph.above(one, graph.slow)),
        directness=Directness.INFERRED,
        follows=True,
        changed_at=change.made_at if change else None,
    )
