"""What a workload refers to: ConfigMaps and Secrets, whole or by key, in variables and volumes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from domain.base import Json
from tools.analyzers.objects import Workload, dig, workloads
from tools.analyzers.revisions import Path
from tools.snapshot import Snapshot

Kind = Literal["ConfigMap", "Secret"]
_KINDS: tuple[tuple[Kind, str], ...] = (("ConfigMap", "configMap"), ("Secret", "secret"))


@dataclass(frozen=True)
class Reference:
    """One place in a pod spec that names a ConfigMap or a Secret."""

    kind: Kind
    name: str
    key: str | None
    """`None` when the whole object is taken."""
    where: str
    """In words."""
    path: Path
    """Where in the pod spec it stands, as `revisions` names it; the part that a change of it would touch."""


def references(workload: Workload) -> Iterator[Reference]:
    """The references that must be met; optional ones may stay open."""
    for group in ("initContainers", "containers"):
        for container in workload.pod_spec.get(group) or ():
            yield from _of_container(group, container)
    for volume in workload.pod_spec.get("volumes") or ():
        yield from _of_volume(volume)


def _of_container(group: str, container: Json) -> Iterator[Reference]:
    own = str(container["name"])
    for kind, field in _KINDS:
        for source in container.get("envFrom") or ():
            found = source.get(f"{field}Ref")
            if found and not found.get("optional"):
                yield Reference(kind, found["name"], None, f"envFrom of {own}", (group, own, "envFrom"))
        for env in container.get("env") or ():
            found = dig(env, "valueFrom", f"{field}KeyRef")
            if found and not found.get("optional"):
                path = (group, own, "env", str(env["name"]))
                yield Reference(kind, found["name"], found["key"], f"variable {env['name']} of {own}", path)


def _of_volume(volume: Json) -> Iterator[Reference]:
    where, path = f"volume {volume['name']}", ("volumes", str(volume["name"]))
    sources = (volume, *(dig(volume, "projected", "sources") or ()))
    for source in sources:
        for kind, field in _KINDS:
            found = source.get(field)
            if not found or found.get("optional"):
                continue
            name = str(found.get("secretName") or found.get("name"))
            keys: list[str | None] = [str(item["key"]) for item in found.get("items") or ()]
            for key in keys or [None]:
                yield Reference(kind, name, key, where, path)


def used_names(workloads: tuple[Workload, ...], kind: Kind) -> tuple[str, ...]:
    """Names of this kind that workloads in good health refer to, so that they must exist."""
    healthy = (w for w in workloads if w.pods and w.ready == len(w.pods))
    return tuple(dict.fromkeys(r.name for w in healthy for r in references(w) if r.kind == kind))


def claim_users(snapshot: Snapshot, claim: str) -> Iterator[Workload]:
    """The workloads that mount a volume claim, by their template or by what their pods were given."""
    for workload in workloads(snapshot):
        mounted = {
            dig(volume, "persistentVolumeClaim", "claimName")
            for spec in (workload.pod_spec, *(dig(pod, "spec") or {} for pod in workload.pods))
            for volume in spec.get("volumes") or ()
        }
        if claim in mounted:
            yield workload
