"""The scenario of a namespace: what is well was there before, what is ill or blamed comes with the incident.

The lab starts from a healthy application, so a workload that is ill begins as its last revision that was not, and
the revision that broke it is applied as the fault; one without an earlier revision appears with the fault, as does
everything else that the truth blames. Before its question the scenario lives through the time that had passed.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from domain.base import Json
from domain.cluster import Ref
from lab.capture.clean import VERSIONS, manifest_of, template_of
from lab.capture.nodes import nodes
from lab.capture.scripts import calm, notes_of
from lab.capture.secrets import shapes
from lab.capture.seen import Seen, controller, inner
from lab.targets import Manifest

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet")
FIRST: Final = (
    "StorageClass",
    "PersistentVolume",
    "ServiceAccount",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
)
"""Applied before the workloads that use them."""
MADE_BY_THE_CLUSTER: Final = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
LONGEST: Final = 3600.0
"""Seconds before the question that a scenario lives through: what broke earlier is broken by then."""
SHORTEST: Final = 120.0
REVISION: Final = "deployment.kubernetes.io/revision"


def compose(seen: Seen, name: str, earlier: bool = True) -> dict[str, Any]:
    """The scenario as data, ready to be written as YAML; without `earlier` no workload begins as it was before."""
    late = set(_late(seen))
    fault = [_now(seen, ref) for ref in sorted(late, key=lambda ref: (ref.kind in WORKLOADS, str(ref)))]
    base = [*nodes(seen, _pod_specs(seen)), *_first(seen, late), *_rest(seen, late, earlier)]
    return {
        "name": name,
        "title": f"Captured from {seen.namespace} at {seen.taken_at:%Y-%m-%d %H:%M} UTC",
        **({"family": seen.blame.cause.value} if seen.blame else {}),
        "namespace": seen.namespace,
        **({"question": seen.question} if seen.question else {}),
        "ask": _ways(seen),
        "manifests": base,
        **({"load": seen.load.model_dump(mode="json", exclude_defaults=True)} if seen.load else {}),
        "fault": [{"op": "apply", "manifests": fault}] if fault else [],
        "ask_after": round(_ask_after(seen, late)),
        "truth": _truth(seen),
        "recovery": [*_recovery(seen)],
    }


def _ways(seen: Seen) -> list[str]:
    if seen.blame is None:
        return ["detection"]
    repairable = ["mitigation"] if any(_recovery(seen)) else []
    return ["detection", "localization", "analysis", *repairable]


def _truth(seen: Seen) -> dict[str, Any]:
    blame = seen.blame
    if blame is None:
        return {"anomaly": False}
    return {
        "anomaly": True,
        "causes": [blame.cause.value],
        "components": [f"{ref.kind}/{ref.name}" for ref in blame.components],
        "system_level": blame.system_level.value,
        "fault_type": blame.fault_type.value,
    }


def _late(seen: Seen) -> Iterator[Ref]:
    """What appears, or gets its present form, with the incident; nothing where nothing is wrong."""
    if seen.blame is None:
        return
    blamed = {(ref.kind, ref.name) for ref in seen.blame.components}
    for kind in VERSIONS:
        for obj in seen.of(kind):
            name = obj["metadata"]["name"]
            ill = kind in WORKLOADS and not _is_well(obj)
            if (ill or (kind, name) in blamed) and (kind, name) not in MADE_BY_THE_CLUSTER:
                yield Ref(kind=kind, name=name, namespace=obj["metadata"].get("namespace"))


def _is_well(workload: Json) -> bool:
    status, spec = workload.get("status", {}), workload["spec"]
    wanted = status.get("desiredNumberScheduled", spec.get("replicas", 1))
    ready = status.get("numberReady", status.get("readyReplicas", 0))
    updated = status.get("updatedNumberScheduled", status.get("updatedReplicas", 0))
    return bool(ready >= wanted and updated >= wanted)


def _now(seen: Seen, ref: Ref) -> Manifest:
    obj = next(obj for obj in seen.of(ref.kind) if obj["metadata"]["name"] == ref.name)
    return _written(seen, ref.kind, obj)


def _written(seen: Seen, kind: str, obj: Json) -> Manifest:
    """The manifest; a workload's with the script of its containers."""
    manifest = manifest_of(kind, obj)
    if kind in WORKLOADS:
        _annotate(manifest["spec"]["template"], notes_of(seen, obj))
    return manifest


def _annotate(template: dict[str, Any], notes: dict[str, str]) -> None:
    meta = template.setdefault("metadata", {})
    if notes:
        meta["annotations"] = {**(meta.get("annotations") or {}), **notes}


def _first(seen: Seen, late: set[Ref]) -> Iterator[Manifest]:
    """What workloads need, Secrets by their shape among it."""
    for kind in FIRST:
        if kind == "Secret":
            yield from shapes(seen, _pod_specs(seen))
        for obj in seen.of(kind):
            if _is_own(kind, obj) and not _is_late(kind, obj, late) and _is_needed(seen, kind, obj):
                yield manifest_of(kind, obj)


def _rest(seen: Seen, late: set[Ref], earlier: bool) -> Iterator[Manifest]:
    for kind in VERSIONS:
        for obj in seen.of(kind) if kind not in FIRST else ():
            if not _is_own(kind, obj):
                continue
            if not _is_late(kind, obj, late):
                yield _written(seen, kind, obj)
            elif earlier and (before := _earlier(seen, kind, obj)) is not None:
                yield before


def _is_own(kind: str, obj: Json) -> bool:
    """Whether people made it: not the cluster, and no controller."""
    return (kind, obj["metadata"]["name"]) not in MADE_BY_THE_CLUSTER and controller(obj) is None


def _is_late(kind: str, obj: Json, late: set[Ref]) -> bool:
    return Ref(kind=kind, name=obj["metadata"]["name"], namespace=obj["metadata"].get("namespace")) in late


def _is_needed(seen: Seen, kind: str, obj: Json) -> bool:
    """Of the cluster's volumes and classes only those that a claim of the namespace uses."""
    claims = seen.of("PersistentVolumeClaim")
    name = obj["metadata"]["name"]
    if kind == "PersistentVolume":
        return any(claim["spec"].get("volumeName") == name for claim in claims)
    if kind == "StorageClass":
        return any(claim["spec"].get("storageClassName") == name for claim in claims)
    return True


def _earlier(seen: Seen, kind: str, obj: Json) -> Manifest | None:
    """A Deployment as its last revision before the present one; `None` where there is none."""
    if kind != "Deployment":
        return None
    owned = [each for each in seen.of("ReplicaSet") if controller(each) == obj["metadata"]["uid"]]
    owned.sort(key=lambda each: int((each["metadata"].get("annotations") or {}).get(REVISION, 0)))
    if len(owned) < 2:
        return None
    manifest = manifest_of(kind, obj)
    manifest["spec"]["template"] = template = template_of(owned[-2]["spec"]["template"])
    _annotate(template, calm(template))
    return manifest


def _pod_specs(seen: Seen) -> Iterator[Json]:
    for kind in (*WORKLOADS, "Job"):
        for obj in seen.of(kind):
            yield obj["spec"]["template"]["spec"]


def _ask_after(seen: Seen, late: set[Ref]) -> float:
    """Since the newest of what broke: its ReplicaSet, else itself."""
    names = {(ref.kind, ref.name) for ref in late}
    ages = [
        seen.age(obj)
        for kind in ("ReplicaSet", *VERSIONS)
        for obj in seen.of(kind)
        if (kind, obj["metadata"]["name"]) in names or _owner(obj) in names
    ]
    return min(max(min(ages, default=SHORTEST), SHORTEST), LONGEST)


def _owner(obj: Json) -> tuple[str, str] | None:
    owners: Iterable[Json] = obj["metadata"].get("ownerReferences") or ()
    return next(((owner["kind"], owner["name"]) for owner in owners if owner.get("controller")), None)


def _recovery(seen: Seen) -> Iterator[dict[str, Any]]:
    """Every Deployment that is ill must get well and stay so; a Service that is blamed must have somebody."""
    if seen.blame is None:
        return
    for obj in seen.of("Deployment"):
        if not _is_well(obj):
            target = f"Deployment/{obj['metadata']['name']}"
            yield {"check": "available", "target": target}
            yield {"check": "steady", "target": target}
    blamed = {(ref.kind, ref.name) for ref in seen.blame.components}
    for service in seen.of("Service"):
        name, ports = service["metadata"]["name"], _container_ports(seen, service)
        if ("Service", name) in blamed and ports:
            yield {"check": "endpoints", "service": name, "port": ports[0]}


def _container_ports(seen: Seen, service: Json) -> list[int]:
    """Ports that pods behind the Service declare."""
    selector = service["spec"].get("selector") or {}
    found = []
    for pod in seen.of("Pod"):
        labels = pod["metadata"].get("labels") or {}
        if selector and all(labels.get(key) == value for key, value in selector.items()):
            for container in inner(pod, "spec", "containers") or ():
                found += [port["containerPort"] for port in container.get("ports") or ()]
    return found
