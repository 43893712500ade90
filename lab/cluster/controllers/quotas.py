"""The status of ResourceQuotas (pkg/controller/resourcequota)."""

from collections.abc import Iterable

from lab.cluster.context import Context, place_of
from lab.cluster.pods import is_over
from lab.cluster.quantity import text_of
from lab.cluster.queue import Key
from lab.cluster.quotas import COUNTED, used
from lab.cluster.store import StoreEvent


class Quotas:
    """Counts what each quota's namespace holds."""

    kinds: tuple[str, ...] = ("ResourceQuota", "Pod", *sorted(set(COUNTED.values()) - {"ResourceQuota", "Pod"}))

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The quota, or those of the namespace in which something came or went."""
        if event.kind == "ResourceQuota":
            yield place_of(event.obj)
            return
        before, after = event.previous, event.obj
        same = event.type == "MODIFIED" and before is not None
        if same and event.kind == "Pod" and before is not None:
            same = is_over(before) == is_over(after)
        if not same:
            for quota in self._store.list("ResourceQuota", after["metadata"].get("namespace")):
                yield place_of(quota)

    def reconcile(self, key: Key) -> float | None:
        """Write one quota's status."""
        quota = self._store.get("ResourceQuota", *key)
        if quota is not None:
            hard = quota["spec"].get("hard") or {}
            taken = used(self._store, quota)
            spelled = {name: text_of(taken[name], str(limit)) for name, limit in hard.items()}
            self._store.update_status("ResourceQuota", quota, {"hard": hard, "used": spelled})
        return None
