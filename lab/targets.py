"""How scenario files name objects and hold manifests."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator

from domain.cluster import Ref
from lab.cluster import scripted
from lab.cluster.resources import by_kind

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod")

Manifest = dict[str, Any]
"""A Kubernetes object as people write it."""


def ref_of(target: str, namespace: str) -> Ref:
    """`Kind/name` as a Ref in the namespace, or without one for a kind of the whole cluster."""
    kind, _, name = target.partition("/")
    return Ref(kind=kind, name=name, namespace=namespace if by_kind(kind).namespaced else None)


def _known_target(target: str) -> str:
    kind, slash, name = target.partition("/")
    if not slash or not name or "/" in name:
        raise ValueError(f"`{target}` does not name an object; write `Kind/name`, as in `Deployment/checkout`")
    _known_kind(kind)
    return target


def _known_kind(kind: str) -> None:
    try:
        by_kind(kind)
    except KeyError:
        raise ValueError(f"`{kind}` is not a kind that the lab serves; spell it as in `Deployment`") from None


def _known_manifest(manifest: Manifest) -> Manifest:
    kind, meta = manifest.get("kind"), manifest.get("metadata")
    if not isinstance(kind, str) or "apiVersion" not in manifest:
        raise ValueError("a manifest has no apiVersion or kind; add both")
    _known_kind(kind)
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str):
        raise ValueError(f"a {kind} has no metadata.name; add it")
    if kind in WORKLOADS:
        _check_containers(kind, meta, manifest.get("spec"))
    return manifest


def _check_containers(kind: str, meta: Any, spec: Any) -> None:
    name = meta["name"]
    pod = spec if kind == "Pod" else _inside(_inside(spec, "template"), "spec")
    containers = _inside(pod, "containers")
    if not isinstance(containers, list) or not containers:
        raise ValueError(f"the {kind} {name} has no containers; add at least one with a name and an image")
    for container in containers:
        if not isinstance(_inside(container, "image"), str):
            raise ValueError(f"a container of the {kind} {name} has no image; add `image:`")
    template = {"metadata": meta, "spec": pod} if kind == "Pod" else _inside(spec, "template")
    try:
        scripted.check(template)
    except scripted.BadScript as error:
        raise ValueError(str(error).rstrip(".").replace(". ", "; ")) from error


def _inside(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


Target = Annotated[str, AfterValidator(_known_target)]
"""`Kind/name`; the namespace is the scenario's."""

CheckedManifest = Annotated[Manifest, AfterValidator(_known_manifest)]
"""A manifest of a kind that the lab serves, with a name, and with images where there are containers."""
