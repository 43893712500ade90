"""What was read of a namespace, as the composer takes it. Everything in it is redacted already."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.base import Json, Value
from domain.cluster import Ref
from domain.diagnosis import Cause, FaultType, SystemLevel
from lab.traffic.load import Load


class Blame(Value):
    """What is taken for the truth: what people said, an incident's diagnosis, or the analyzers' best suspicion."""

    cause: Cause
    components: tuple[Ref, ...]
    system_level: SystemLevel
    fault_type: FaultType
    source: str
    """Who says so, for the file's author to judge."""


class Seen(Value):
    """One look at a namespace."""

    namespace: str
    taken_at: datetime
    objects: Mapping[str, tuple[Json, ...]]
    """By kind, as the API server returns them; never Secrets."""
    logs: Mapping[str, tuple[str, ...]] = {}
    """Last lines by `pod/container`, with `#previous` for the instance before."""
    memory: Mapping[str, str] = {}
    """Working set by `pod/container`, as a quantity."""
    load: Load | None = None
    """What its users ask, by the metrics."""
    blame: Blame | None = None
    """`None`: nothing is wrong."""
    question: str | None = None

    def of(self, kind: str) -> tuple[Json, ...]:
        """The objects of a kind."""
        return self.objects.get(kind, ())

    def pods_of(self, workload: Json) -> Iterator[Json]:
        """The pods that a workload controls, through its ReplicaSets."""
        uids = {workload["metadata"]["uid"]}
        uids |= {obj["metadata"]["uid"] for obj in self.of("ReplicaSet") if controller(obj) in uids}
        return (pod for pod in self.of("Pod") if controller(pod) in uids)

    def age(self, obj: Json) -> float:
        """Seconds since an object was created."""
        return (self.taken_at - instant(obj["metadata"]["creationTimestamp"])).total_seconds()


def controller(obj: Json) -> str | None:
    """The uid of the object that controls it."""
    owners: list[Json] = obj["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def instant(stamp: str) -> datetime:
    """An RFC 3339 time of the API."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))


def inner(obj: Any, *steps: str) -> Any:
    """A part of an object, or `None`."""
    for step in steps:
        obj = obj.get(step) if isinstance(obj, Mapping) else None
    return obj
