"""The world at one instant, as a value: what graders look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.base import Json
from domain.cluster import Ref


@dataclass(frozen=True)
class View:
    """Every object of the cluster, and how the calls in question came out."""

    at: float
    """Epoch seconds on the cluster's clock."""
    objects: Mapping[Ref, Json]
    calls: Mapping[tuple[str, str], str | None]
    """By (source, url): `None` when the call succeeds, else what went wrong; by (source, command): what it said,
    or `None` when it did not end well; by (source, flag): the variant it is told, or `None` when nobody runs."""
    routes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """How the users' requests fared, by path, at the worst moment: the share that went well, and mean seconds."""

    def get(self, ref: Ref) -> Json | None:
        """The object, or `None`."""
        return self.objects.get(ref)

    def of_kind(self, kind: str) -> Iterator[tuple[Ref, Json]]:
        """The objects of a kind."""
        return ((ref, obj) for ref, obj in self.objects.items() if ref.kind == kind)

    def owner(self, ref: Ref) -> Ref:
        """The workload at the end of the chain of controllers; the object itself when nobody controls it."""
        found = self.objects.get(ref)
        for owner in (found or {}).get("metadata", {}).get("ownerReferences") or ():
            if owner.get("controller"):
                return self.owner(Ref(kind=owner["kind"], name=owner["name"], namespace=ref.namespace))
        return ref

    def pods_of(self, workload: Ref) -> list[Json]:
        """The pods that a workload controls, by name."""
        return [pod for ref, pod in self.of_kind("Pod") if self.owner(ref) == workload]


def named(obj: Json) -> str:
    """The object's name."""
    name: str = obj["metadata"]["name"]
    return name


def is_available(deployment: Json, at_least: int = 0) -> bool:
    """Whether every replica runs the current template and is available, and there are that many."""
    wanted = deployment["spec"].get("replicas", 1)
    status = deployment.get("status", {})
    counts = {status.get(count, 0) for count in ("replicas", "updatedReplicas", "availableReplicas")}
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return bool(wanted >= at_least and counts == {wanted} and seen)


def inside(obj: Any, path: Sequence[str | int]) -> Any:
    """The part of an object at a path, or `None`; a word steps into a list by `name`, else by `type`."""
    for step in path:
        if isinstance(obj, Mapping):
            obj = obj.get(str(step))
        elif isinstance(obj, list) and isinstance(step, int):
            obj = obj[step] if step < len(obj) else None
        elif isinstance(obj, list):
            obj = next((item for item in obj if isinstance(item, Mapping) and _is_called(item, step)), None)
        else:
            return None
    return obj


def _is_called(item: Mapping[str, Any], word: str | int) -> bool:
    return bool(item.get("name", item.get("type")) == word)
