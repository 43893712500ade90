"""Namespaces: what each holds from the start, and how it is emptied at its end."""

from collections.abc import Iterable

from lab.cluster.context import Context
from lab.cluster.queue import Key
from lab.cluster.resources import RESOURCES
from lab.cluster.store import StoreEvent

ROOT_CA = "kube-root-ca.crt"
LOOK_SECONDS = 1.0
"""How often a terminating namespace is looked at while something in it is still ending."""
_KINDS = tuple(dict.fromkeys(each.kind for each in RESOURCES if each.namespaced and each.stored))


class Namespaces:
    """The default ServiceAccount, the root certificate, and the deletion of everything."""

    kinds: tuple[str, ...] = ("Namespace", "ServiceAccount", "ConfigMap")

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The namespace, also when one of its standing objects is taken away."""
        name = event.obj["metadata"]["name"]
        if event.kind == "Namespace":
            yield (name,)
        elif event.type == "DELETED" and name in ("default", ROOT_CA):
            yield (event.obj["metadata"]["namespace"],)

    def reconcile(self, key: Key) -> float | None:
        """Furnish a living namespace; empty a terminating one."""
        name = key[0]
        namespace = self._store.get("Namespace", None, name)
        if namespace is None:
            return None
        if "deletionTimestamp" not in namespace["metadata"]:
            self._furnish(name)
            return None
        left = 0
        for kind in _KINDS:
            for obj in self._store.list(kind, name):
                if "deletionTimestamp" not in obj["metadata"]:
                    self._store.delete(kind, name, obj["metadata"]["name"])
                left += self._store.get(kind, name, obj["metadata"]["name"]) is not None
        if left:
            return LOOK_SECONDS
        self._store.remove("Namespace", None, name)
        return None

    def _furnish(self, name: str) -> None:
        if self._store.get("ServiceAccount", name, "default") is None:
            self._store.create("ServiceAccount", {"metadata": {"name": "default", "namespace": name}})
        if self._store.get("ConfigMap", name, ROOT_CA) is None:
            meta = {"name": ROOT_CA, "namespace": name}
            self._store.create("ConfigMap", {"metadata": meta, "data": {"ca.crt": "(the lab's own authority)\n"}})
