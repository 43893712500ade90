"""Claims in use are protected from deletion (pkg/controller/volume/pvcprotection)."""

from collections.abc import Iterable

from lab.cluster.admission import CLAIM_FINALIZER
from lab.cluster.context import Context, place_of
from lab.cluster.pods import is_over
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent


class ClaimProtection:
    """Lets a deleted claim go when no pod uses it any more."""

    kinds: tuple[str, ...] = ("PersistentVolumeClaim", "Pod")

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """A claim that is to go, and the claims of a pod that ended."""
        if event.kind == "PersistentVolumeClaim":
            if "deletionTimestamp" in event.obj["metadata"] and event.type != "DELETED":
                yield place_of(event.obj)
        elif event.type == "DELETED" or is_over(event.obj):
            namespace = event.obj["metadata"]["namespace"]
            yield from ((namespace, name) for name in claims_of(event.obj))

    def reconcile(self, key: Key) -> float | None:
        """Release one claim if it may go."""
        claim = self._store.get("PersistentVolumeClaim", *key)
        if claim is None or "deletionTimestamp" not in claim["metadata"]:
            return None
        finalizers = claim["metadata"].get("finalizers") or []
        if CLAIM_FINALIZER not in finalizers or self._is_used(key):
            return None
        left = [each for each in finalizers if each != CLAIM_FINALIZER]
        self._store.update(
            "PersistentVolumeClaim", {**claim, "metadata": {**claim["metadata"], "finalizers": left}}
        )
        return None

    def _is_used(self, place: Key) -> bool:
        """Whether a pod that is bound and not over mounts the claim; one that waits for a node does not count."""
        return any(
            place[1] in claims_of(pod) and pod["spec"].get("nodeName") and not is_over(pod)
            for pod in self._store.list("Pod", place[0])
        )


def claims_of(pod: Object) -> list[str]:
    """The names of the claims that a pod's volumes name."""
    volumes = pod["spec"].get("volumes") or ()
    found = ((volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes)
    return [name for name in found if name]
