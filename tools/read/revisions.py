"""Revisions of a workload and what each changed: Deployments by ReplicaSets, the others by ControllerRevisions."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.base import Json
from domain.cluster import Ref
from domain.errors import BadInput
from tools.analyzers.objects import dig, owner_of, revision_number, when
from tools.cluster.reader import Reader

Leaf = tuple[str, Any]
_GENERATED = ("metadata.labels.pod-template-hash", "metadata.creationTimestamp")


@dataclass(frozen=True)
class Revision:
    """One pod template that the workload has had."""

    number: int
    made_at: datetime | None
    template: Json
    cause: str
    """The change-cause annotation; empty for most."""
    current: bool


@dataclass(frozen=True)
class Difference:
    """One leaf that differs; `None` where it was or is absent."""

    path: str
    """`containers.web.image`; entries of named lists by their name."""
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.path}: {_short(self.old)} -> {_short(self.new)}"

    def unified(self) -> str:
        """As two lines of a diff, uncut."""
        return f"-{self.path}: {_text(self.old)}\n+{self.path}: {_text(self.new)}"


async def revisions(reader: Reader, workload: Ref) -> tuple[Revision, ...]:
    """All kept revisions, oldest first. Raises `BadInput` for a kind that has none."""
    if workload.kind == "Deployment":
        obj, owned = await asyncio.gather(reader.get(workload), reader.list("ReplicaSet", workload.namespace))
        made = [_of_replica_set(s, obj) for s in owned if owner_of(s) == (workload.kind, workload.name)]
    elif workload.kind in ("StatefulSet", "DaemonSet"):
        obj, owned = await asyncio.gather(
            reader.get(workload), reader.list("ControllerRevision", workload.namespace)
        )
        mine = [r for r in owned if owner_of(r) == (workload.kind, workload.name)]
        newest = max((int(r.get("revision") or 0) for r in mine), default=0)
        made = [_of_controller_revision(r, newest) for r in mine]
    else:
        raise BadInput(f"A {workload.kind} has no revisions; ask for a Deployment, StatefulSet or DaemonSet.")
    return tuple(sorted(made, key=lambda r: r.number))


def differences(before: Json, after: Json) -> tuple[Difference, ...]:
    """The leaves that differ between two pod templates, in the order they are written."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = (*old, *(path for path in new if path not in old))
    return tuple(
        Difference(path, old.get(path), new.get(path))
        for path in paths
        if old.get(path) != new.get(path) and path not in _GENERATED
    )


def images(template: Json) -> str:
    """The images of a pod template."""
    return ", ".join(str(c.get("image")) for c in dig(template, "spec", "containers") or ()) or "no image"


def _of_replica_set(replica_set: Json, deployment: Json) -> Revision:
    annotations = replica_set["metadata"].get("annotations") or {}
    number = revision_number(replica_set)
    return Revision(
        number,
        when(replica_set["metadata"].get("creationTimestamp")),
        dig(replica_set, "spec", "template") or {},
        str(annotations.get("kubernetes.io/change-cause") or ""),
        number == revision_number(deployment),
    )


def _of_controller_revision(revision: Json, newest: int) -> Revision:
    number = int(revision.get("revision") or 0)
    annotations = revision["metadata"].get("annotations") or {}
    return Revision(
        number,
        when(revision["metadata"].get("creationTimestamp")),
        dig(revision, "data", "spec", "template") or {},
        str(annotations.get("kubernetes.io/change-cause") or ""),
        number == newest,
    )


def _leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if key != "$patch":
                yield from _leaves(item, _under(path, key))
    elif isinstance(value, list) and value and all(isinstance(v, dict) and "name" in v for v in value):
        for item in value:
            rest = {k: v for k, v in item.items() if k != "name"}
            yield from _leaves(rest or True, _under(path, str(item["name"])))
    else:
        yield path, value


def _under(path: str, key: str) -> str:
    """Template paths start at the pod spec, where nearly everything is."""
    return key if path in ("", "spec") and key != "metadata" else f"{path}.{key}" if path else key


def _text(value: Any) -> str:
    return "(none)" if value is None else str(value)


def _short(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= 160 else text[:159] + "…"
