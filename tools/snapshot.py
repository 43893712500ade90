"""One consistent look at a namespace: the input of every analyzer."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

from domain.base import Json
from tools.signals import Signals

T = TypeVar("T")

LogKey = tuple[str, str, bool]
"""Pod name, container name, whether of the previous instance."""


@dataclass(frozen=True)
class Snapshot:
    """Objects of one namespace, with the nodes and storage classes its pods depend on, all redacted.

    `objects` maps a kind (`Pod`, `Deployment`, `ReplicaSet`, `Service`, `Endpoints`, `EndpointSlice`,
    `ConfigMap`, `Event`, `PersistentVolumeClaim`, `PersistentVolume`, `StorageClass`, `ResourceQuota`,
    `LimitRange`, `NetworkPolicy`, `ServiceAccount`, `Node`, `StatefulSet`, `DaemonSet`, `Job`,
    `HorizontalPodAutoscaler`) to the objects as the API returns them, sorted by name.
    """

    namespace: str
    taken_at: datetime
    objects: Mapping[str, tuple[Json, ...]]
    logs: Mapping[LogKey, tuple[str, ...]] = field(default_factory=dict)
    """Last lines of containers that are unhealthy or have restarted, and of the pods that complain."""
    usage: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """`pod/container` to `{"cpu": "12m", "memory": "40Mi"}`; empty without a metrics server."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Kinds that could not be read, and why in one sentence."""
    signals: Signals | None = None
    """Metrics and traces; `None` where no such server is configured, or nobody looked."""
    artifact: str = ""
    """Id of the artifact that holds this snapshot."""
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, kind: str) -> tuple[Json, ...]:
        """The objects of a kind; empty when there are none or they could not be read."""
        return self.objects.get(kind, ())

    def named(self, kind: str, name: str) -> Json | None:
        """One object, or `None`."""
        return next((o for o in self.of(kind) if o["metadata"]["name"] == name), None)

    def logs_of(self, pod: str) -> tuple[tuple[str, ...], ...]:
        """The lines of each log of a pod."""
        return self.once("logs by pod", _by_pod).get(pod, ())

    def once(self, name: Hashable, make: Callable[[Self], T]) -> T:
        """What `make` says of this snapshot, worked out once however many analyzers ask for it."""
        if name not in self._known:
            self._known[name] = make(self)
        known: T = self._known[name]
        return known


def _by_pod(snapshot: Snapshot) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for (pod, _, _), lines in snapshot.logs.items():
        found[pod] = (*found.get(pod, ()), lines)
    return found
