"""Readers of Kubernetes objects: names, conditions, times, and workloads with their pods."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.base import Json
from domain.cluster import Ref
from tools.snapshot import Snapshot

CONTROLLERS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


@dataclass(frozen=True)
class Workload:
    """A controller (or a bare pod) with the pods it owns that are neither finished nor going away."""

    ref: Ref
    object: Json
    pods: tuple[Json, ...]
    sets: tuple[Json, ...] = ()
    """The ReplicaSets of a Deployment, newest revision first."""

    @property
    def template(self) -> Json:
        """The pod template; a bare pod is its own."""
        found: Json = self.object if self.ref.kind == "Pod" else (dig(self.object, "spec", "template") or {})
        return found

    @property
    def pod_spec(self) -> Json:
        """The spec of its pods."""
        found: Json = self.template.get("spec") or {}
        return found

    @property
    def wanted(self) -> int:
        """How many pods it should have."""
        if self.ref.kind == "DaemonSet":
            return int(dig(self.object, "status", "desiredNumberScheduled") or 0)
        replicas = dig(self.object, "spec", "replicas")
        return 1 if replicas is None else int(replicas)

    @property
    def ready(self) -> int:
        """How many of its pods are ready."""
        return sum(is_ready(pod) for pod in self.pods)


def dig(value: Any, *path: str) -> Any:
    """The value under nested keys, or `None` where one is missing."""
    try:
        for key in path:
            value = value.get(key)
    except AttributeError:  # this is asked thousands of times a look, and nearly always of dictionaries
        return None
    return value


def name_of(obj: Json) -> str:
    """The object's name."""
    return str(obj["metadata"]["name"])


def ref_of(snapshot: Snapshot, kind: str, obj: Json) -> Ref:
    """A reference to an object of the snapshot; items of API lists do not say their kind."""
    return Ref(kind=kind, name=name_of(obj), namespace=obj["metadata"].get("namespace") or snapshot.namespace)


def labels_of(obj: Json) -> dict[str, str]:
    """The object's labels."""
    return dict(obj["metadata"].get("labels") or {})


def when(text: object) -> datetime | None:
    """A Kubernetes timestamp, or `None` when there is none."""
    if isinstance(text, datetime):
        return text
    if not isinstance(text, str) or not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def age(snapshot: Snapshot, text: object) -> float:
    """Seconds from a timestamp to the snapshot; infinite when there is none."""
    at = when(text)
    return (snapshot.taken_at - at).total_seconds() if at else float("inf")


def condition(obj: Json, kind: str) -> Json | None:
    """A status condition by its type."""
    found = dig(obj, "status", "conditions") or []
    return next((c for c in found if c.get("type") == kind), None)


def is_true(obj: Json, kind: str) -> bool:
    """Whether a status condition is there and true."""
    return (condition(obj, kind) or {}).get("status") == "True"


def is_ready(pod: Json) -> bool:
    """Whether a pod is ready to serve."""
    return is_true(pod, "Ready") and not pod["metadata"].get("deletionTimestamp")


def is_live(pod: Json) -> bool:
    """Whether a pod counts: not finished, not evicted, not going away."""
    gone = bool(pod["metadata"].get("deletionTimestamp"))
    return not gone and dig(pod, "status", "phase") not in ("Succeeded", "Failed")


def owner_of(obj: Json) -> tuple[str, str] | None:
    """Kind and name of the controlling owner."""
    owners = obj["metadata"].get("ownerReferences") or []
    return next(((o["kind"], o["name"]) for o in owners if o.get("controller")), None)


def revision_number(replica_set: Json) -> int:
    """A ReplicaSet's revision; 0 when it carries none."""
    annotations = replica_set["metadata"].get("annotations") or {}
    text = str(annotations.get("deployment.kubernetes.io/revision", ""))
    return int(text) if text.isdigit() else 0


def workloads(snapshot: Snapshot) -> tuple[Workload, ...]:
    """Every workload of the namespace; finished jobs are left out."""
    return snapshot.once("workloads", _workloads)


def _workloads(snapshot: Snapshot) -> tuple[Workload, ...]:
    return tuple(_controlled(snapshot)) + tuple(
        Workload(ref_of(snapshot, "Pod", pod), pod, (pod,))
        for pod in snapshot.of("Pod")
        if is_live(pod) and owner_of(pod) is None
    )


def _controlled(snapshot: Snapshot) -> Iterator[Workload]:
    pods: dict[tuple[str, str], list[Json]] = {}
    for pod in snapshot.of("Pod"):
        if is_live(pod) and (owner := owner_of(pod)):
            pods.setdefault(owner, []).append(pod)
    sets: dict[str, list[Json]] = {}
    for replica_set in snapshot.of("ReplicaSet"):
        if (owner := owner_of(replica_set)) and owner[0] == "Deployment":
            sets.setdefault(owner[1], []).append(replica_set)
    for kind in CONTROLLERS:
        for obj in snapshot.of(kind):
            if kind == "Job" and is_true(obj, "Complete"):
                continue
            own_sets = sorted(sets.get(name_of(obj), []), key=revision_number, reverse=True)
            owners = (
                [("ReplicaSet", name_of(s)) for s in own_sets] if kind == "Deployment" else [(kind, name_of(obj))]
            )
            own_pods = tuple(pod for owner in owners for pod in pods.get(owner, []))
            own = tuple(own_sets) if kind == "Deployment" else ()
            yield Workload(ref_of(snapshot, kind, obj), obj, own_pods, own)


def changed_at(obj: Json) -> datetime | None:
    """When a person or a tool last changed the object's spec, by its managed fields; creation at the latest."""
    times = [
        at
        for entry in obj["metadata"].get("managedFields") or []
        if entry.get("subresource") is None
        and not str(entry.get("manager", "")).startswith(("kube-", "kubelet"))
        and (at := when(entry.get("time")))
    ]
    return max(times) if times else when(obj["metadata"].get("creationTimestamp"))
