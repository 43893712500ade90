"""Look-ups over the store that a list would make slow, kept up to date by its events."""

from collections import defaultdict
from collections.abc import Iterator

from lab.cluster.ports import Object
from lab.cluster.store import Store, StoreEvent

Where = tuple[str, str, str]
"""Kind, namespace (empty for cluster-scoped kinds), name."""


class Index:
    """Owners, nodes, addresses, volumes. Subscribe it before anything that reads it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_owner: dict[str, dict[Where, None]] = defaultdict(dict)
        self._by_node: dict[str, dict[Where, None]] = defaultdict(dict)
        self._by_address: dict[tuple[str, str], Where] = {}
        self._uids: dict[str, Where] = {}
        store.subscribe(self._on_event)

    def owned(self, uid: str, kind: str | None = None) -> list[Object]:
        """Objects that name `uid` among their owners, in the order they came to be owned."""
        places = self._by_owner.get(uid, {})
        return [obj for obj in self._objects(places) if kind is None or obj["kind"] == kind]

    def exists(self, uid: str) -> bool:
        """Whether an object with this uid is stored."""
        return uid in self._uids

    def by_uid(self, uid: str) -> Object | None:
        """The object with this uid."""
        place = self._uids.get(uid)
        return None if place is None else self._store.get(*place)

    def pods_on(self, node: str) -> list[Object]:
        """The pods that are bound to a node."""
        return list(self._objects(self._by_node.get(node, {})))

    def pod_at(self, address: str) -> Object | None:
        """The living pod with this IP."""
        place = self._by_address.get(("Pod", address))
        return None if place is None else self._store.get(*place)

    def service_at(self, address: str) -> Object | None:
        """The Service with this cluster IP."""
        place = self._by_address.get(("Service", address))
        return None if place is None else self._store.get(*place)

    def _objects(self, places: dict[Where, None]) -> Iterator[Object]:
        for place in places:
            obj = self._store.get(*place)
            if obj is not None:
                yield obj

    def _on_event(self, event: StoreEvent) -> None:
        meta = event.obj["metadata"]
        where = (event.kind, meta.get("namespace", ""), meta["name"])
        new = None if event.type == "DELETED" else event.obj
        if event.type == "ADDED":
            self._uids[meta["uid"]] = where
        elif event.type == "DELETED":
            self._uids.pop(meta["uid"], None)
        self._note_owners(where, event.previous, new)
        if event.kind == "Pod":
            self._note_node(where, event.previous, new)
        if event.kind in ("Pod", "Service"):
            self._note_address(event.kind, where, event.previous, new)

    def _note_owners(self, where: Where, old: Object | None, new: Object | None) -> None:
        before, after = _owner_uids(old), _owner_uids(new)
        for uid in before:
            if uid not in after:
                self._by_owner[uid].pop(where, None)
                if not self._by_owner[uid]:
                    del self._by_owner[uid]
        for uid in after:
            self._by_owner[uid].setdefault(where)

    def _note_node(self, where: Where, old: Object | None, new: Object | None) -> None:
        before = None if old is None else old["spec"].get("nodeName")
        after = None if new is None else new["spec"].get("nodeName")
        if before and before != after:
            self._by_node[before].pop(where, None)
        if after:
            self._by_node[after].setdefault(where)

    def _note_address(self, kind: str, where: Where, old: Object | None, new: Object | None) -> None:
        before, after = _address(kind, old), _address(kind, new)
        if before and before != after and self._by_address.get((kind, before)) == where:
            del self._by_address[kind, before]
        if after:
            self._by_address[kind, after] = where


def _owner_uids(obj: Object | None) -> list[str]:
    return [] if obj is None else [owner["uid"] for owner in obj["metadata"].get("ownerReferences") or ()]


def _address(kind: str, obj: Object | None) -> str | None:
    if obj is None:
        return None
    address = obj.get("status", {}).get("podIP") if kind == "Pod" else obj["spec"].get("clusterIP")
    return None if address in (None, "", "None") else str(address)
