"""The objects of the cluster: one version counter, optimistic locking, a bounded log of changes."""

import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from lab.cluster.clock import VirtualClock
from lab.cluster.errors import ApiError
from lab.cluster.jobs import mark_pods
from lab.cluster.ports import Object
from lab.cluster.randomness import seeded
from lab.cluster.resources import by_kind

Change = Literal["ADDED", "MODIFIED", "DELETED"]
LOG_LENGTH: Final = 20_000
"""Changes a watch can reach back; older ones answer 410."""
FIRST_VERSION: Final = 1_000
SUFFIX_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
"""Kubernetes' alphabet of generated names (no vowels, so no words)."""
GENERATIONAL: Final = frozenset(
    (
        *("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job", "CronJob"),
        *("HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PodDisruptionBudget"),
        *("PodChaos", "NetworkChaos", "PodNetworkChaos"),
    )
)
SYSTEM_FIELDS: Final = (
    "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StoreEvent:
    """One change, in the order of the versions."""

    type: Change
    kind: str
    obj: Object
    """The object after the change; for a deletion, its last state."""
    previous: Object | None
    version: int


def copy_of(obj: Object) -> Object:
    """A deep copy that may be changed."""
    copied: Object = orjson.loads(orjson.dumps(obj))
    return copied


class Store:
    """Objects by kind, namespace and name. What is stored never changes; an update stores a new object.

    `uid`s and generated names come from `rng`, so that equal seeds give equal worlds.
    """

    def __init__(self, clock: VirtualClock, rng: random.Random) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.version = FIRST_VERSION
        self.oldest = FIRST_VERSION
        """Changes after this version are still in the log."""
        self._rng = rng
        self._objects: dict[str, dict[str, dict[str, Object]]] = {}
        self._log: deque[StoreEvent] = deque(maxlen=LOG_LENGTH)
        self._subscribers: list[Callable[[StoreEvent], None]] = []
        self.turn = 0
        """How many changes there have been, those without a version among them."""
        self._turns: dict[str, int] = {}
        """The turn of the last change of each kind."""
        self._sorted: dict[str, dict[str | None, list[Object]]] = {}
        """By kind and namespace: lists since the last change of the kind."""

    # ---- reading ----

    def get(self, kind: str, namespace: str | None, name: str) -> Object | None:
        """The stored object, or `None`."""
        return self._room(kind, namespace).get(name)

    def require(self, kind: str, namespace: str | None, name: str) -> Object:
        """The stored object. Raises ApiError 404."""
        found = self.get(kind, namespace, name)
        if found is None:
            raise ApiError.not_found(by_kind(kind), name)
        return found

    def changes_since(self, version: int) -> list[StoreEvent]:
        """Changes after a version, oldest first. Raises ApiError 410 when the log is too short."""
        with self.lock:
            if version < self.oldest:
                raise ApiError.expired(version, self.oldest)
            newer: list[StoreEvent] = []
            for event in reversed(self._log):
                if event.version <= version:
                    break
                newer.append(event)
            newer.reverse()
            return newer

    def turn_of(self, kinds: Iterable[str]) -> int:
        """The turn of the last change of an object of these kinds; 0 before the first."""
        return max(self._turns.get(kind, 0) for kind in kinds)

    def subscribe(self, callback: Callable[[StoreEvent], None]) -> None:
        """Call back on every change, within the lock and in order."""
        self._subscribers.append(callback)

    def suffix(self, length: int = 5, dry_run: bool = False) -> str:
        """Random letters for a generated name."""
        rng = self._stream(dry_run)
        return "".join(rng.choice(SUFFIX_LETTERS) for _ in range(length))

    # ---- writing ----

    def create(self, kind: str, obj: Object, dry_run: bool = False) -> Object:
        """Store a new object; `generateName` is honoured. Raises ApiError 409."""
        resource = by_kind(kind)
        with self.lock:
            meta = copy_of(obj.get("metadata") or {})
            if not meta.get("name"):
                meta["name"] = f"{meta['generateName']}{self.suffix(dry_run=dry_run)}"
            if not resource.namespaced:
                meta.pop("namespace", None)
            namespace, name = meta.get("namespace", ""), meta["name"]
            if self.get(kind, namespace, name) is not None:
                raise ApiError.already_exists(resource, name)
            meta["uid"] = str(uuid.UUID(int=self._stream(dry_run).getrandbits(128), version=4))
            meta["creationTimestamp"] = self.clock.iso()
            meta.pop("resourceVersion", None)
            if kind in GENERATIONAL:
                meta["generation"] = 1
            body = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")}
            new = {"apiVersion": resource.api_version, "kind": kind, "metadata": meta, **copy_of(body)}
            if kind == "Job":
                mark_pods(new)
            return new if dry_run else self._put("ADDED", kind, new, None)

    def update(self, kind: str, obj: Object, dry_run: bool = False) -> Object:
        """Replace an object, spec and status alike; the same content changes nothing.

        A `resourceVersion` or `uid` in `obj` is a precondition. Raises ApiError 404 and 409.
        """
        resource = by_kind(kind)
        with self.lock:
            meta = copy_of(obj["metadata"])
            old = self.require(kind, meta.get("namespace"), meta["name"])
            was = old["metadata"]
            if meta.get("resourceVersion") not in (None, "", was["resourceVersion"]):
                raise ApiError.conflict(resource, meta["name"])
            if meta.get("uid") not in (None, "", was["uid"]):
                raise ApiError.conflict(resource, meta["name"], _precondition("UID", meta["uid"], was["uid"]))
            for field in SYSTEM_FIELDS:
                meta.pop(field, None)
            meta |= {field: was[field] for field in SYSTEM_FIELDS if field in was}
            meta["resourceVersion"] = was["resourceVersion"]
            if kind in GENERATIONAL and obj.get("spec") != old.get("spec"):
                meta["generation"] = was.get("generation", 0) + 1
            body = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")}
            new = {"apiVersion": resource.api_version, "kind": kind, "metadata": meta, **copy_of(body)}
            if new == old:
                return old
            if dry_run:
                return new
            if self._is_released(kind, new):
                return self._drop(kind, new, old)
            return self._put("MODIFIED", kind, new, old)

    def update_status(self, kind: str, key: Object | tuple[str | None, str], status: Object) -> Object:
        """Replace the status alone; `key` is the object or (namespace, name). Raises ApiError 404."""
        with self.lock:
            if isinstance(key, dict):
                namespace, name = key["metadata"].get("namespace"), key["metadata"]["name"]
            else:
                namespace, name = key
            old = self.require(kind, namespace, name)
            if old.get("status") == status:
                return old
            new = {**old, "metadata": dict(old["metadata"]), "status": copy_of(status)}
            return self._put("MODIFIED", kind, new, old)

    def renew(self, kind: str, namespace: str | None, name: str, **parts: Object) -> None:
        """Replace parts of an object, such as `spec`, without a word to anybody. Raises ApiError 404.

        For heartbeats: a change that would fill the log, and that nobody waits for. It keeps the version.
        """
        with self.lock:
            old = self.require(kind, namespace, name)
            self._room(kind, namespace)[name] = {**old, **parts}
            self._turned(kind)

    def delete(
        self,
        kind: str,
        namespace: str | None,
        name: str,
        grace_seconds: int | None = None,
        preconditions: Object | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Delete, or mark for deletion what must end first: running pods, namespaces, objects with finalizers.

        `preconditions` holds `uid` and `resourceVersion`. Raises ApiError 404 and 409.
        """
        with self.lock:
            old = self.require(kind, namespace, name)
            for field, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
                wanted = (preconditions or {}).get(field)
                if wanted and wanted != old["metadata"][field]:
                    why = _precondition(label, wanted, old["metadata"][field])
                    raise ApiError.conflict(by_kind(kind), name, why)
            if dry_run:
                return old
            marked = self._marked(kind, old, grace_seconds)
            if marked is None:
                return self._drop(kind, old, old)
            return old if marked == old else self._put("MODIFIED", kind, marked, old)

    def remove(self, kind: str, namespace: str | None, name: str) -> Object:
        """The final removal, whatever holds the object back. Raises ApiError 404."""
        with self.lock:
            old = self.require(kind, namespace, name)
            return self._drop(kind, old, old)

    # ---- inside ----

    def _stream(self, dry_run: bool) -> random.Random:
        """The store's own random numbers; trying something out has others, or it would change what follows."""
        return seeded(self.version) if dry_run else self._rng

    def _room(self, kind: str, namespace: str | None) -> dict[str, Object]:
        return self._objects.get(kind, {}).get(namespace or "", {})

    def _marked(self, kind: str, old: Object, grace_seconds: int | None) -> Object | None:
        """The object with its deletion timestamp; `None` when nothing holds it back."""
        meta = dict(old["metadata"])
        if kind == "Pod" and _is_alive(old):
            default = old["spec"].get("terminationGracePeriodSeconds", 30)
            grace = default if grace_seconds is None else grace_seconds
        else:
            grace = 0
        if kind == "Namespace":
            meta.setdefault("deletionTimestamp", self.clock.iso())
            return {**old, "metadata": meta, "status": {**old.get("status", {}), "phase": "Terminating"}}
        if grace <= 0 and not meta.get("finalizers"):
            return None
        if "deletionTimestamp" in meta and meta.get("deletionGracePeriodSeconds", 0) <= grace:
            return old
        meta["deletionTimestamp"] = self.clock.iso(self.clock.now() + grace)
        meta["deletionGracePeriodSeconds"] = grace
        return {**old, "metadata": meta}

    def _is_released(self, kind: str, obj: Object) -> bool:
        """Whether a marked object has lost its last finalizer and nothing else holds it."""
        meta = obj["metadata"]
        if "deletionTimestamp" not in meta or meta.get("finalizers") or kind == "Namespace":
            return False
        return kind != "Pod" or meta.get("deletionGracePeriodSeconds", 0) == 0 or not _is_alive(obj)

    def _put(self, change: Change, kind: str, new: Object, old: Object | None) -> Object:
        self.version += 1
        new["metadata"]["resourceVersion"] = str(self.version)
        rooms = self._objects.setdefault(kind, {})
        rooms.setdefault(new["metadata"].get("namespace", ""), {})[new["metadata"]["name"]] = new
        self._tell(StoreEvent(change, kind, new, old, self.version))
        return new

    def _drop(self, kind: str, last: Object, old: Object) -> Object:
        self.version += 1
        last = {**last, "metadata": {**last["metadata"], "resourceVersion": str(self.version)}}
        del self._room(kind, last["metadata"].get("namespace"))[last["metadata"]["name"]]
        self._tell(StoreEvent("DELETED", kind, last, old, self.version))
        return last

    def _tell(self, event: StoreEvent) -> None:
        if len(self._log) == LOG_LENGTH:
            self.oldest = self._log[0].version
        self._log.append(event)
        self._turned(event.kind)
        for callback in self._subscribers:
            callback(event)

    def _turned(self, kind: str) -> None:
        self.turn += 1
        self._turns[kind] = self.turn
        self._sorted.pop(kind, None)

    # Last, so that its name does not hide the built-in type from the annotations above.
    def list(self, kind: str, namespace: str | None = None) -> list[Object]:
        """Objects sorted by namespace and name; `None` means every namespace."""
        with self.lock:
            known = self._sorted.setdefault(kind, {})
            if namespace not in known:
                rooms = sorted(self._objects.get(kind, {})) if namespace is None else (namespace,)
                known[namespace] = [obj for room in rooms for _, obj in sorted(self._room(kind, room).items())]
            return known[namespace].copy()


def _is_alive(pod: Object) -> bool:
    """Whether a kubelet still has to stop the pod."""
    return bool(pod["spec"].get("nodeName")) and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


def _precondition(label: str, wanted: Any, found: Any) -> str:
    return f"Precondition failed: {label} in precondition: {wanted}, {label} in object meta: {found}"
