"""Garbage collection by ownerReferences (pkg/controller/garbagecollector)."""

from collections.abc import Iterable

from lab.cluster.context import Context
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent

FOREGROUND = "foregroundDeletion"


class Garbage:
    """Deletes what has no owner left."""

    kinds: tuple[str, ...] = (
        *("Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service"),
        *("ConfigMap", "Secret", "PersistentVolumeClaim", "EndpointSlice", "ReplicationController"),
    )

    def __init__(self, context: Context) -> None:
        self._store, self._index = context.store, context.index

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """An owner that goes, a dependent that came late, and the owner that waits for a dependent."""
        meta = event.obj["metadata"]
        if event.type == "DELETED" or meta.get("deletionTimestamp"):
            yield (meta["uid"],)
        if event.type == "DELETED":
            yield from ((owner["uid"],) for owner in meta.get("ownerReferences") or ())
        elif any(not self._index.exists(owner["uid"]) for owner in meta.get("ownerReferences") or ()):
            yield from ((owner["uid"],) for owner in meta["ownerReferences"])

    def reconcile(self, key: Key) -> float | None:
        """Settle the dependents of one owner."""
        uid = key[0]
        owner = self._index.by_uid(uid)
        dependents = self._index.owned(uid)
        if owner is None:
            for each in dependents:
                self._drop_reference(each, uid)
            return None
        finalizers = owner["metadata"].get("finalizers") or []
        if "deletionTimestamp" not in owner["metadata"]:
            return None
        if FOREGROUND in finalizers:
            for each in dependents:
                self._delete(each)
            if not any(_blocks(each, uid) for each in self._index.owned(uid)):
                self._release(owner, FOREGROUND)
        return None

    def _drop_reference(self, obj: Object, uid: str) -> None:
        """Delete an object whose last owner is gone; of several owners only the reference goes."""
        others = [each["uid"] for each in obj["metadata"]["ownerReferences"] if each["uid"] != uid]
        if any(self._index.exists(other) for other in others):
            self._store.update(obj["kind"], _without_owner(obj, uid))
        else:
            self._delete(obj)

    def _delete(self, obj: Object) -> None:
        meta = obj["metadata"]
        if "deletionTimestamp" not in meta:
            self._store.delete(obj["kind"], meta.get("namespace"), meta["name"])

    def _release(self, obj: Object, finalizer: str) -> None:
        left = [each for each in obj["metadata"]["finalizers"] if each != finalizer]
        self._store.update(obj["kind"], {**obj, "metadata": {**obj["metadata"], "finalizers": left}})


def _without_owner(obj: Object, uid: str) -> Object:
    owners = [each for each in obj["metadata"]["ownerReferences"] if each["uid"] != uid]
    return {**obj, "metadata": {**obj["metadata"], "ownerReferences": owners}}


def _blocks(obj: Object, uid: str) -> bool:
    return any(
        each["uid"] == uid and each.get("blockOwnerDeletion")
        for each in obj["metadata"].get("ownerReferences") or ()
    )
