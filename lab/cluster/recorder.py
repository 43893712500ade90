"""Events, as client-go's recorder writes them: a repeated one raises the count of the first."""

from lab.cluster.ports import Object
from lab.cluster.store import Store

_Key = tuple[str, str, str, str, str, str]
MEMORY = 4096
"""How many events are remembered for counting, as client-go's cache."""


class Recorder:
    """Writes Event objects about other objects."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[_Key, tuple[str, str]] = {}
        self._serial = 0

    def normal(self, about: Object, reason: str, message: str, component: str, **where: str | None) -> None:
        """Say that something went its way; see `warning`."""
        self._record("Normal", about, reason, message, component, **where)

    def warning(self, about: Object, reason: str, message: str, component: str, **where: str | None) -> None:
        """Say that something went wrong; `where` may name `field` (a path in the object) and `host` (a node)."""
        self._record("Warning", about, reason, message, component, **where)

    def _record(
        self,
        kind: str,
        about: Object,
        reason: str,
        message: str,
        component: str,
        field: str | None = None,
        host: str | None = None,
    ) -> None:
        key = (about["metadata"]["uid"], kind, reason, message, component, field or "")
        now = self._store.clock.iso()
        seen = self._store.get("Event", *self._names[key]) if key in self._names else None
        if seen is not None:
            again = {**seen, "metadata": dict(seen["metadata"])}
            self._store.update("Event", again | {"count": seen["count"] + 1, "lastTimestamp": now})
            return
        namespace = about["metadata"].get("namespace") or "default"
        self._serial += 1
        stamp = int(self._store.clock.now() * 1e6) * 1000 + self._serial
        name = f"{about['metadata']['name']}.{stamp:016x}"
        self._remember(key, (namespace, name))
        source = {"component": component} | ({"host": host} if host else {})
        self._store.create(
            "Event",
            {
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": _reference(about, field),
                "reason": reason,
                "message": message,
                "source": source,
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
                "type": kind,
                "eventTime": None,
                "reportingComponent": component,
                "reportingInstance": host or "",
            },
        )

    def _remember(self, key: _Key, name: tuple[str, str]) -> None:
        if len(self._names) >= MEMORY:
            self._names.pop(next(iter(self._names)))
        self._names[key] = name


def _reference(obj: Object, field: str | None) -> Object:
    meta = obj["metadata"]
    reference = {
        "kind": obj["kind"],
        "namespace": meta.get("namespace"),
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": obj["apiVersion"],
        "resourceVersion": meta["resourceVersion"],
        "fieldPath": field,
    }
    return {key: value for key, value in reference.items() if value}
