"""Revisions of a workload and what each changed: Deployments by ReplicaSets, the others by ControllerRevisions."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref
from domain.errors import BadInput
from tools.analyzers.objects import dig, owner_of, revision_number, when
from tools.cluster.reader import Reader


@dataclass(frozen=True)
class Revision:
    """One pod template that the workload has had."""

    number: int
    made_at: datetime | None
    template: Json
    cause: str
    """The change-cause annotation; empty for most."""
    current: bool


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
