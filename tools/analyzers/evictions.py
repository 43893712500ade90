"""A node that runs short of memory, disk or processes and evicts pods."""

import re
from collections import defaultdict
from collections.abc import Iterator

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import age, dig, is_live, is_true, name_of, owner_of, ref_of, when, workloads
from tools.analyzers.quantity import amount
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.snapshot import Snapshot

_LATELY_SECONDS = 1800.0
_GOES_ON_SECONDS = 60.0
"""How long after an eviction the next one is to be feared."""
_LOW = re.compile(r"low on resource|node had condition: \[\w*Pressure", re.IGNORECASE)
_USED = re.compile(r"was using (\w+), request is (\w+)")
"""What the kubelet says of each container of the pod that it evicts, about the resource that ran short."""
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
_HOG = 0.4
"""Share of a node's memory from which a pod that asked for far less fills it."""
_UNASKED = 4
"""How many times its request such a pod uses."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that fills nodes until they evict pods, or for each node that does."""
    evicted: dict[str, list[Json]] = defaultdict(list)
    for pod in snapshot.of("Pod"):
        gone = dig(pod, "status", "reason") == "Evicted" and _LOW.search(str(dig(pod, "status", "message") or ""))
        if gone and _ended(snapshot, pod) <= _LATELY_SECONDS and (node := dig(pod, "spec", "nodeName")):
            evicted[str(node)].append(pod)
    filled: dict[Ref, list[str]] = defaultdict(list)
    for name, pods in evicted.items():
        hogs = {
            _owner(snapshot, p)
            for p in snapshot.of("Pod")
            if _is_current(snapshot, p) and _fills(snapshot, p, name)
        }
        if not hogs and _lasts(snapshot, pods):
            yield _case(snapshot, name, pods)
        for hog in hogs:
            filled[hog].append(name)
    for hog, names in filled.items():
        yield _hog(snapshot, hog, names, [pod for name in names for pod in evicted[name]])


def _is_current(snapshot: Snapshot, pod: Json) -> bool:
    """Whether a pod lives, or is of the revision that would come again."""
    newest = {name_of(w.sets[0]) for w in workloads(snapshot) if w.sets}
    owner = owner_of(pod)
    return is_live(pod) or owner is None or owner[0] != "ReplicaSet" or owner[1] in newest


def _lasts(snapshot: Snapshot, pods: list[Json]) -> bool:
    """Whether evictions go on, or somebody still misses a pod; a node tells of pressure for minutes after."""
    owners = {_owner(snapshot, pod) for pod in pods}
    missing = any(w.ready < w.wanted for w in workloads(snapshot) if w.ref in owners)
    return missing or any(_ended(snapshot, pod) < _GOES_ON_SECONDS for pod in pods)


def _fills(snapshot: Snapshot, pod: Json, node: str) -> bool:
    """Whether a pod takes much of a node's memory, or did when it was evicted, and asked for little of it."""
    if dig(pod, "spec", "nodeName") != node:
        return False
    room = amount(dig(snapshot.named("Node", node), "status", "allocatable", "memory") or "")
    used, asked = _evicted_use(pod) if dig(pod, "status", "reason") == "Evicted" else _use(snapshot, pod)
    return room is not None and used >= float(room) * _HOG and used >= _UNASKED * asked


def _evicted_use(pod: Json) -> tuple[float, float]:
    """Bytes that an evicted pod used and had asked for; nothing where the kubelet does not tell."""
    said = str(dig(pod, "status", "message") or "")
    pairs = _USED.findall(said) if "resource: memory" in said else []
    used, asked = (sum(float(amount(pair[at]) or 0) for pair in pairs) for at in (0, 1))
    return used, asked


def _use(snapshot: Snapshot, pod: Json) -> tuple[float, float]:
    """Bytes that a pod uses at present, by metrics or the metrics server, and has asked for."""
    name, specs = name_of(pod), dig(pod, "spec", "containers") or ()
    told = snapshot.signals.pods.get(name) if snapshot.signals else None
    measured = (dig(snapshot.usage, f"{name}/{spec['name']}", "memory") for spec in specs)
    used = told.memory.now if told else sum(float(amount(each) or 0) for each in measured)
    return used, sum(float(amount(dig(spec, "resources", "requests", "memory") or "0") or 0) for spec in specs)


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


def _hog(snapshot: Snapshot, ref: Ref, names: list[str], pods: list[Json]) -> Suspicion:
    workload = next((each for each in workloads(snapshot) if each.ref == ref), None)
    change = recent_change(snapshot, workload) if workload else None
    where = f"node{'s' if len(names) > 1 else ''} {', '.join(names)}"
    text = f"{ref.name} fills the memory of {where} with far more than it asked for"
    findings = [seen(snapshot, ref, f"{text}.")]
    if change:
        findings.append(seen(snapshot, ref, f"The last revision changed {in_words(change)}."))
    findings += [
        seen(snapshot, ref_of(snapshot, "Pod", pod), f"Evicted: {clean(str(dig(pod, 'status', 'message')))}")
        for pod in pods[:4]
    ]
    return suspect(
        Cause.NODE_PRESSURE,
        ref,
        f"{text}, so {len(pods)} pod{'s were' if len(pods) > 1 else ' was'} evicted there.",
        findings,
        confidence=0.94,
        actions=back_from(workload, change) if workload else (),
        affected=[*(Ref(kind="Node", name=name) for name in names), *(_owner(snapshot, pod) for pod in pods)],
        directness=Directness.INFERRED,
        changed_at=change.made_at if change else None,
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
