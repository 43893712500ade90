"""A node that runs short of memory, disk or processes and evicts pods."""

import re
from collections import defaultdict
from collections.abc import Iterator

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import age, dig, is_true, owner_of, ref_of, when
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_LATELY_SECONDS = 1800.0
_LOW = re.compile(r"low on resource|node had condition: \[\w*Pressure", re.IGNORECASE)
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each node that has evicted pods of this namespace lately."""
    evicted: dict[str, list[Json]] = defaultdict(list)
    for pod in snapshot.of("Pod"):
        gone = dig(pod, "status", "reason") == "Evicted" and _LOW.search(str(dig(pod, "status", "message") or ""))
        if gone and _ended(snapshot, pod) <= _LATELY_SECONDS and (node := dig(pod, "spec", "nodeName")):
            evicted[str(node)].append(pod)
    for name, pods in evicted.items():
        yield _case(snapshot, name, pods)


def _ended(snapshot: Snapshot, pod: Json) -> float:
    """Seconds since the eviction, by the newest time that the pod's status holds."""
    conditions = dig(pod, "status", "conditions") or ()
    times = [at for c in conditions if (at := when(c.get("lastTransitionTime")))]
    return age(snapshot, max(times, default=when(pod["metadata"].get("creationTimestamp"))))


def _case(snapshot: Snapshot, name: str, pods: list[Json]) -> Suspicion:
    ref, node = Ref(kind="Node", name=name), snapshot.named("Node", name)
    pressures = [kind for kind in _PRESSURES if node and is_true(node, kind)]
    said = clean(str(dig(pods[-1], "status", "message")))
    findings = [
        seen(snapshot, ref_of(snapshot, "Pod", pod), f"Evicted: {clean(str(dig(pod, 'status', 'message')))}")
        for pod in pods[:4]
    ]
    findings += [seen(snapshot, ref, f"The node reports {pressure}.") for pressure in pressures]
    owners = [_owner(snapshot, pod) for pod in pods]
    return suspect(
        Cause.NODE_PRESSURE,
        ref,
        f"Node {name} runs short and has evicted {len(pods)} pod{'s' if len(pods) > 1 else ''}: {said}",
        findings,
        confidence=0.94 if pressures else 0.88,
        affected=owners,
    )


def _owner(snapshot: Snapshot, pod: Json) -> Ref:
    """The workload of a pod, through its ReplicaSet where it has one."""
    owner = owner_of(pod)
    if owner and owner[0] == "ReplicaSet":
        replica_set = snapshot.named("ReplicaSet", owner[1])
        owner = owner_of(replica_set) if replica_set else None
    return (
        Ref(kind=owner[0], name=owner[1], namespace=snapshot.namespace) if owner else ref_of(snapshot, "Pod", pod)
    )
