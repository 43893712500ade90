"""Revisions of StatefulSets and DaemonSets: ControllerRevision objects (pkg/controller/history)."""

from lab.cluster.context import Context, place_of
from lab.cluster.controllers.revisions import template_hash
from lab.cluster.pods import controller_reference
from lab.cluster.ports import Object

HASH_LABEL = "controller-revision-hash"


class Histories:
    """Keeps the templates that a workload has had, as `kubectl rollout undo` wants them."""

    def __init__(self, context: Context) -> None:
        self._store, self._index = context.store, context.index

    def of(self, owner: Object) -> list[Object]:
        """All revisions, the oldest first."""
        found = self._index.owned(owner["metadata"]["uid"], "ControllerRevision")
        return sorted(found, key=lambda each: (each["revision"], each["metadata"]["name"]))

    def current(self, owner: Object) -> Object:
        """The revision of the present template, made if it is new and moved to the end if it came back."""
        known, data = self.of(owner), _data(owner)
        last = known[-1]["revision"] if known else 0
        same = [each for each in known if each["data"] == data]
        if not same:
            return self._create(owner, data, last + 1)
        newest = same[-1]
        if newest["revision"] == last:
            return newest
        return self._store.update("ControllerRevision", {**newest, "revision": last + 1})

    def trim(self, owner: Object, live: set[str]) -> None:
        """Keep `revisionHistoryLimit` revisions beside the live ones (given by name), the newest."""
        limit = int(owner["spec"].get("revisionHistoryLimit", 10))
        idle = [each for each in self.of(owner) if each["metadata"]["name"] not in live]
        for each in idle[: max(0, len(idle) - limit)]:
            namespace, name = place_of(each)
            self._store.delete("ControllerRevision", namespace, name)

    def _create(self, owner: Object, data: Object, number: int) -> Object:
        namespace, name = place_of(owner)
        template, collisions = owner["spec"]["template"], 0
        suffix = template_hash(template, collisions)
        while self._store.get("ControllerRevision", namespace, f"{name}-{suffix}") is not None:
            collisions += 1
            suffix = template_hash(template, collisions)
        labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH_LABEL: suffix}
        meta = {
            "name": f"{name}-{suffix}",
            "namespace": namespace,
            "labels": labels,
            "annotations": dict(owner["metadata"].get("annotations") or {}),
            "ownerReferences": [controller_reference(owner)],
        }
        return self._store.create("ControllerRevision", {"metadata": meta, "data": data, "revision": number})


def template_of(revision: Object) -> Object:
    """The pod template that a revision holds."""
    template = revision["data"]["spec"]["template"]
    return {key: value for key, value in template.items() if key != "$patch"}


def hash_of(revision: Object) -> str:
    """The hash at the end of a revision's name."""
    return str(revision["metadata"]["labels"][HASH_LABEL])


def _data(owner: Object) -> Object:
    """A strategic merge patch that brings the template back, its keys in Go's order."""
    template = {**owner["spec"]["template"], "$patch": "replace"}
    return {"spec": {"template": dict(sorted(template.items()))}}
