"""What a repair must not have done: compare the world as asked about with the end world."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from domain.base import Json
from domain.cluster import Ref
from lab.view import View, is_available

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet")
GUARDED: Final = (
    *WORKLOADS, "CronJob", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim", "NetworkPolicy", "Ingress",
    "ResourceQuota", "LimitRange", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ServiceAccount", "Role",
    "RoleBinding", "Node", "StorageClass",
)  # fmt: skip
"""Kinds whose content only a repair may change, and only where the fault is. Cluster-wide rights are not among
them, nor namespaces that are new: whoever works in a cluster brings an identity of its own."""
RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
"""Restarting a workload changes nothing that lasts."""


def harms(asked: View, settled: View, mendable: Collection[Ref]) -> tuple[str, ...]:
    """One sentence for each thing that is worse than before, or was altered outside `mendable`."""
    worse = (*_deleted(asked, settled), *_stopped(asked, settled), *_broken(asked, settled))
    return (*worse, *_altered(asked, settled, mendable))


def _deleted(asked: View, settled: View) -> Iterator[str]:
    for kind in WORKLOADS:
        for ref, before in asked.of_kind(kind):
            after = settled.get(ref)
            if after is None:
                yield f"{ref} was deleted."
            elif after["metadata"]["uid"] != before["metadata"]["uid"]:
                yield f"{ref} was deleted and made anew."


def _stopped(asked: View, settled: View) -> Iterator[str]:
    for kind in WORKLOADS:
        for ref, before in asked.of_kind(kind):
            after = settled.get(ref)
            if after is not None and _replicas(before) > 0 and _replicas(after) == 0:
                yield f"{ref} was scaled to zero."


def _broken(asked: View, settled: View) -> Iterator[str]:
    for ref, before in asked.of_kind("Deployment"):
        after = settled.get(ref)
        if after is not None and is_available(before) and not is_available(after):
            yield f"{ref} was healthy and is not any more."


def _altered(asked: View, settled: View, mendable: Collection[Ref]) -> Iterator[str]:
    known = {None, *(ref.namespace for ref in asked.objects)}
    for kind in GUARDED:
        before = dict(asked.of_kind(kind))
        after = {ref: obj for ref, obj in settled.of_kind(kind) if ref.namespace in known}
        for ref in sorted({*before, *after}, key=str):
            if ref in mendable:
                continue
            if ref not in before:
                yield f"{ref} was created."
            elif ref not in after:
                if kind not in WORKLOADS:
                    yield f"{ref} was deleted."
            elif _content(kind, before[ref]) != _content(kind, after[ref]):
                yield f"{ref} was altered."


def _replicas(workload: Json) -> int:
    replicas: int = workload["spec"].get("replicas", 1)
    return replicas


def _content(kind: str, obj: Json) -> Any:
    """What people decide about an object, without what the cluster writes into it."""
    spec = dict(obj.get("spec") or {})
    if kind == "Node":
        mine = [t for t in spec.get("taints") or () if not t["key"].startswith("node.kubernetes.io/")]
        return [bool(spec.get("unschedulable")), mine, obj["metadata"].get("labels")]
    if kind == "PersistentVolumeClaim":
        spec.pop("volumeName", None)
    if kind in WORKLOADS:
        spec["template"] = _without_restart(spec["template"])
    rest = {key: value for key, value in obj.items() if key not in ("metadata", "status", "spec")}
    return [spec, rest]


def _without_restart(template: Json) -> Json:
    meta = dict(template.get("metadata") or {})
    notes = {key: value for key, value in (meta.pop("annotations", None) or {}).items() if key != RESTARTED}
    return {**template, "metadata": meta | ({"annotations": notes} if notes else {})}
