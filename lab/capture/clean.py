"""An object as its author would write it: without what the cluster wrote into it."""

from typing import Any, Final

from domain.base import Json
from lab.targets import Manifest

OWN_NOTES: Final = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/",
    "deprecated.daemonset.template.generation",
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "endpoints.kubernetes.io/",
)
"""Annotations of controllers and of kubectl, by prefix."""
GIVEN: Final = {
    "Service": ("clusterIP", "clusterIPs", "healthCheckNodePort"),
    "PersistentVolumeClaim": ("volumeName",),
    "Job": ("selector", "manualSelector"),
}
"""Fields of the spec that the cluster fills in."""


def manifest_of(kind: str, obj: Json) -> Manifest:
    """The manifest. Objects of a list carry no kind of their own, so it is given."""
    meta = obj["metadata"]
    kept = {"name": meta["name"]}
    if labels := meta.get("labels"):
        kept["labels"] = {k: v for k, v in labels.items() if k != "controller-uid"}
    notes = {k: v for k, v in (meta.get("annotations") or {}).items() if not k.startswith(OWN_NOTES)}
    if notes:
        kept["annotations"] = notes
    rest = {k: v for k, v in obj.items() if k not in ("metadata", "status", "apiVersion", "kind")}
    if isinstance(rest.get("spec"), dict):
        rest["spec"] = _spec(kind, rest["spec"])
    return {"apiVersion": obj.get("apiVersion") or VERSIONS[kind], "kind": kind, "metadata": kept, **rest}


def template_of(template: Json) -> Manifest:
    """A pod template of an old revision, without the label that its ReplicaSet added."""
    found = _without_nulls(dict(template))
    labels = {k: v for k, v in found["metadata"].get("labels", {}).items() if k != "pod-template-hash"}
    meta = {k: v for k, v in found["metadata"].items() if k in ("annotations",)}
    return {**found, "metadata": {**meta, "labels": labels}}


def _spec(kind: str, spec: Json) -> Any:
    kept = {k: v for k, v in spec.items() if k not in GIVEN.get(kind, ())}
    if kind == "Service":
        kept["ports"] = [{k: v for k, v in port.items() if k != "nodePort"} for port in spec.get("ports") or ()]
        if spec.get("clusterIP") == "None":
            kept["clusterIP"] = "None"
    return _without_nulls(kept)


def _without_nulls(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _without_nulls(v) for k, v in data.items() if v is not None and k != "creationTimestamp"}
    return [_without_nulls(item) for item in data] if isinstance(data, list) else data


VERSIONS: Final = {
    **dict.fromkeys(
        ("ConfigMap", "LimitRange", "PersistentVolume", "PersistentVolumeClaim", "Pod", "ResourceQuota", "Secret",
         "Service", "ServiceAccount"),
        "v1",
    ),
    **dict.fromkeys(("DaemonSet", "Deployment", "StatefulSet"), "apps/v1"),
    **dict.fromkeys(("CronJob", "Job"), "batch/v1"),
    **dict.fromkeys(("Ingress", "NetworkPolicy"), "networking.k8s.io/v1"),
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "StorageClass": "storage.k8s.io/v1",
}  # fmt: skip
