"""Editing a workload's pod template: finding the container, copying before changing."""

from copy import deepcopy
from typing import Any

from domain.base import Json
from domain.cluster import Ref
from domain.errors import BadInput, ClusterNotFound

Template = dict[str, Any]


def copy_of(ref: Ref, live: Json | None) -> dict[str, Any]:
    """A copy to edit. Raises `ClusterNotFound` when there is no such object."""
    if live is None:
        raise ClusterNotFound(f"{ref} does not exist; look for its new name, or for who deleted it.")
    return deepcopy(dict(live))


def template_of(workload: Json) -> Template:
    """The pod template of a Deployment, StatefulSet, DaemonSet or ReplicaSet."""
    template: Template = workload["spec"]["template"]
    return template


def all_containers(template: Json) -> list[dict[str, Any]]:
    """The containers of a pod template, init containers last."""
    spec = template["spec"]
    return [*spec.get("containers", []), *(spec.get("initContainers") or [])]


def container_of(template: Json, name: str) -> dict[str, Any]:
    """The container of that name. Raises `BadInput` that names those there are."""
    found = all_containers(template)
    for container in found:
        if container["name"] == name:
            return container
    names = ", ".join(c["name"] for c in found)
    raise BadInput(f"There is no container {name!r}; there are: {names}.")


def part_of(template: Json, name: str) -> str:
    """The list that holds the container: `containers` or `initContainers`."""
    ordinary = any(container["name"] == name for container in template["spec"].get("containers", []))
    return "containers" if ordinary else "initContainers"
