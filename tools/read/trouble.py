"""Whatever in a snapshot is not as it should be, in sentences: facts for a reader, no causes."""

from collections.abc import Iterator

from domain.base import Json
from domain.cluster import Ref, Severity
from tools.analyzers.containers import Container, containers
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, condition, dig, is_live, name_of, ref_of, workloads
from tools.analyzers.quantity import amount
from tools.analyzers.wiring import Wiring
from tools.compress import Level, compress_lines
from tools.read.happenings import happenings, observations, recent
from tools.read.logs import often
from tools.read.outcome import Observation, count, observe
from tools.read.tails import in_trouble
from tools.snapshot import Snapshot

RECENT_EVENTS = 25
"""Warnings told; the newest."""
NEARLY_FULL = 90
"""Per cent of a memory limit or a quota from which on it is told."""
_STARTING = ("ContainerCreating", "PodInitializing")


def troubles(snapshot: Snapshot) -> Iterator[Observation]:
    """What stands out, workloads first."""
    for workload in workloads(snapshot):
        yield from workload_troubles(workload)
    for pod in snapshot.of("Pod"):
        yield from pod_troubles(ref_of(snapshot, "Pod", pod), pod)
    yield from _service_troubles(snapshot)
    for kind in ("PersistentVolumeClaim", "ResourceQuota", "Node"):
        for obj in snapshot.of(kind):
            yield from object_troubles(_ref(snapshot, kind, obj), obj)
    yield from _log_troubles(snapshot)
    warnings = [h for h in recent(happenings(snapshot.of("Event")), snapshot.taken_at) if h.warning]
    yield from observations(warnings[:RECENT_EVENTS])


def workload_troubles(workload: Workload) -> Iterator[Observation]:
    """Pods that are missing or not ready, and what the controller itself complains about."""
    if workload.ref.kind == "Pod":
        return
    if workload.wanted == 0 and workload.ref.kind != "DaemonSet":
        yield observe(Severity.WARNING, workload.ref, "It is scaled to zero, so nothing of it runs.")
    elif workload.ready < workload.wanted and workload.ref.kind != "Job":
        severity = Severity.WARNING if workload.ready else Severity.CRITICAL
        yield observe(severity, workload.ref, f"{workload.ready} of {workload.wanted} wanted pods are ready.")
    for kind, bad in (("ReplicaFailure", "True"), ("Progressing", "False"), ("Failed", "True")):
        found = condition(workload.object, kind)
        if found and found.get("status") == bad:
            said = f"{found.get('reason')}: {found.get('message')}"
            yield observe(Severity.CRITICAL, workload.ref, f"{kind} is {bad}: {said}")


def pod_troubles(ref: Ref, pod: Json) -> Iterator[Observation]:
    """A pod that was evicted or finds no node, and containers that wait, ended badly or are not ready."""
    if dig(pod, "status", "phase") == "Failed":
        said = clean(f"{dig(pod, 'status', 'reason') or ''} {dig(pod, 'status', 'message') or ''}")
        yield observe(Severity.WARNING, ref, f"The pod has failed: {said or 'no reason given'}")
    scheduled = condition(pod, "PodScheduled")
    if is_live(pod) and scheduled and scheduled.get("status") == "False":
        yield observe(Severity.CRITICAL, ref, f"The pod has no node: {scheduled.get('message')}")
    for container in containers(pod):
        if is_live(pod) and container.status and in_trouble(container):
            text, severity = _state(container)
            yield observe(severity, ref, text)


def object_troubles(ref: Ref, obj: Json) -> Iterator[Observation]:
    """What is wrong with a claim, a quota or a node by its own status."""
    match ref.kind:
        case "PersistentVolumeClaim" if dig(obj, "status", "phase") != "Bound":
            yield observe(Severity.WARNING, ref, f"The claim is {dig(obj, 'status', 'phase') or 'not bound'}.")
        case "ResourceQuota":
            for name, used, hard in quota_rows(obj):
                if full(used, hard) >= NEARLY_FULL:
                    yield observe(Severity.WARNING, ref, f"{name}: {used} of {hard} is used.")
        case "Node":
            yield from _node_troubles(ref, obj)
        case _:
            return


def quota_rows(quota: Json) -> Iterator[tuple[str, str, str]]:
    """Resource, used, hard."""
    used = dig(quota, "status", "used") or {}
    hard = dig(quota, "status", "hard") or dig(quota, "spec", "hard") or {}
    for name, limit in hard.items():
        yield name, str(used.get(name, "0")), str(limit)


def full(used: object, hard: object) -> int:
    """Used in per cent of hard; 0 when it cannot be said."""
    part, whole = amount(used), amount(hard)
    if part is None or whole is None:
        return 0
    return int(100 * part / whole) if whole else 100


def _node_troubles(ref: Ref, node: Json) -> Iterator[Observation]:
    for state in dig(node, "status", "conditions") or ():
        kind, status = state.get("type"), state.get("status")
        if (kind == "Ready" and status != "True") or (kind != "Ready" and status == "True"):
            yield observe(Severity.CRITICAL, ref, f"{kind} is {status}: {state.get('message') or 'no message'}")
    if dig(node, "spec", "unschedulable"):
        yield observe(Severity.WARNING, ref, "The node is cordoned: it takes no new pods.")


def _state(container: Container) -> tuple[str, Severity]:
    what = f"{'Init container' if container.init else 'Container'} {container.name}"
    ended = container.ended
    last = ""
    if ended:
        reason = ended.get("reason") or "ended"
        last = f"; it ended last with exit code {ended.get('exitCode')} ({reason})"
        last += f": {clean(str(ended['message']))}" if ended.get("message") else ""
    again = f", restarted {count(container.restarts, 'time')}" if container.restarts else ""
    if container.waiting:
        said = f": {clean(container.message)}" if container.message else ""
        severity = Severity.WARNING if container.reason in _STARTING else Severity.CRITICAL
        return f"{what} waits, {container.reason}{said}{again}{last}", severity
    if not container.running:
        return f"{what} has stopped{again}{last}", Severity.CRITICAL
    if not container.ready:
        return f"{what} runs but is not ready{again}{last}", Severity.CRITICAL
    return f"{what} runs{again}{last}", Severity.WARNING


def _service_troubles(snapshot: Snapshot) -> Iterator[Observation]:
    for backing in Wiring(snapshot).backings.values():
        if not backing.pods:
            yield observe(Severity.WARNING, backing.ref, "No pod matches its selector.")
        elif not backing.ready:
            text = f"None of the {count(len(backing.pods), 'pod')} behind it is ready."
            yield observe(Severity.CRITICAL, backing.ref, text)


def _log_troubles(snapshot: Snapshot) -> Iterator[Observation]:
    for (pod, container, previous), lines in snapshot.logs.items():
        errors = [t for t in compress_lines(lines) if t.level is Level.ERROR]
        ref = Ref(kind="Pod", name=pod, namespace=snapshot.namespace)
        for template in sorted(errors, key=lambda t: -t.count):
            where = f"The {'previous ' if previous else ''}log of {container} says"
            yield observe(Severity.WARNING, ref, f"{where}{often(template)}: {clean(template.last)}")


def _ref(snapshot: Snapshot, kind: str, obj: Json) -> Ref:
    return Ref(kind=kind, name=name_of(obj)) if kind == "Node" else ref_of(snapshot, kind, obj)
