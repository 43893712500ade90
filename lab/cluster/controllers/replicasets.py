"""ReplicaSets: as many pods as wanted, and an honest status (pkg/controller/replicaset)."""

from collections.abc import Iterable

from lab.cluster.conditions import condition, set_condition
from lab.cluster.context import Context, place_of, soonest
from lab.cluster.errors import ApiError
from lab.cluster.matching import is_subset, labels_of, selects
from lab.cluster.pods import (
    controller_of,
    controller_reference,
    is_active,
    is_ready,
    ready_since,
)
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent, copy_of
from lab.cluster.texts import Text

COMPONENT = "replicaset-controller"
FIRST_RETRY_SECONDS = 0.005
LONGEST_RETRY_SECONDS = 1000.0
"""The rate limiter of controllers: 5 ms, doubled at each failure in a row (client-go workqueue)."""


class ReplicaSets:
    """Creates, adopts, releases and deletes pods."""

    kinds: tuple[str, ...] = ("ReplicaSet", "Pod")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder, self._admit = context.texts, context.recorder, context.admit
        self._failures: dict[Key, int] = {}
        self._retry_at: dict[Key, float] = {}

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The set, the controller of a pod before and after, or whoever may adopt it."""
        if event.kind == "ReplicaSet":
            yield place_of(event.obj)
            return
        namespace = event.obj["metadata"]["namespace"]
        for pod in (event.previous, event.obj):
            owner = None if pod is None else controller_of(pod)
            if owner is not None and owner["kind"] == "ReplicaSet":
                yield (namespace, owner["name"])
        if controller_of(event.obj) is None and event.type != "DELETED":
            for each in self._store.list("ReplicaSet", namespace):
                if selects(each["spec"]["selector"], labels_of(event.obj)):
                    yield place_of(each)

    def reconcile(self, key: Key) -> float | None:
        """Bring one set to its number."""
        owner = self._store.get("ReplicaSet", *key)
        if owner is None:
            self._failures.pop(key, None)
            self._retry_at.pop(key, None)
            return None
        if "deletionTimestamp" in owner["metadata"]:
            return None
        pods = self._claimed(owner)
        active = [pod for pod in pods if is_active(pod)]
        wanted = int(owner["spec"].get("replicas", 1))
        failure: str | None = None
        retry: float | None = None
        if len(active) < wanted:
            failure, retry = self._create(key, owner, wanted - len(active))
        else:
            self._failures.pop(key, None)
            self._retry_at.pop(key, None)
            if len(active) > wanted:
                self._delete(owner, active, len(active) - wanted)
        owner = self._store.require("ReplicaSet", *key)
        active = [pod for pod in self._index.owned(owner["metadata"]["uid"], "Pod") if is_active(pod)]
        return soonest(retry, self._write_status(owner, active, failure))

    # ---- pods ----

    def _claimed(self, owner: Object) -> list[Object]:
        """The set's pods, after letting go those that no longer match and taking in orphans that do."""
        uid, selector = owner["metadata"]["uid"], owner["spec"]["selector"]
        claimed = []
        for pod in self._index.owned(uid, "Pod"):
            if selects(selector, labels_of(pod)):
                claimed.append(pod)
            elif "deletionTimestamp" not in pod["metadata"]:
                kept = [each for each in pod["metadata"]["ownerReferences"] if each["uid"] != uid]
                self._store.update("Pod", {**pod, "metadata": {**pod["metadata"], "ownerReferences": kept}})
        if len(claimed) < int(owner["spec"].get("replicas", 1)):
            for pod in self._store.list("Pod", owner["metadata"]["namespace"]):
                if controller_of(pod) is None and is_active(pod) and selects(selector, labels_of(pod)):
                    references = [*(pod["metadata"].get("ownerReferences") or ()), controller_reference(owner)]
                    meta = {**pod["metadata"], "ownerReferences": references}
                    claimed.append(self._store.update("Pod", {**pod, "metadata": meta}))
        return claimed

    def _create(self, key: Key, owner: Object, count: int) -> tuple[str | None, float | None]:
        """Create pods until the API server refuses one. Answers its message and the seconds until the next try."""
        now = self._clock.now()
        waits = self._retry_at.get(key, now) - now
        if waits > 0:
            old = condition(owner.get("status", {}).get("conditions") or [], "ReplicaFailure")
            return (None if old is None else old["message"]), waits
        for _ in range(count):
            try:
                pod = self._store.create("Pod", self._admit("Pod", self._new_pod(owner), "CREATE", False))
            except ApiError as refusal:
                text = self._texts.say(Text.CREATE_FAILED, error=refusal.message)
                self._recorder.warning(owner, "FailedCreate", text, COMPONENT)
                failures = self._failures.get(key, 0)
                self._failures[key] = failures + 1
                delay = min(FIRST_RETRY_SECONDS * 2**failures, LONGEST_RETRY_SECONDS)
                self._retry_at[key] = now + delay
                return refusal.message, delay
            text = self._texts.say(Text.POD_CREATED, name=pod["metadata"]["name"])
            self._recorder.normal(owner, "SuccessfulCreate", text, COMPONENT)
        self._failures.pop(key, None)
        self._retry_at.pop(key, None)
        return None, None

    def _new_pod(self, owner: Object) -> Object:
        namespace, name = place_of(owner)
        template = copy_of(owner["spec"]["template"])
        meta = {
            "generateName": f"{name}-",
            "name": f"{name}-{self._store.suffix()}",
            "namespace": namespace,
            "ownerReferences": [controller_reference(owner)],
        }
        given = {
            field: template["metadata"][field]
            for field in ("labels", "annotations", "finalizers")
            if template.get("metadata", {}).get(field)
        }
        return {"metadata": {**given, **meta}, "spec": template["spec"]}

    def _delete(self, owner: Object, active: list[Object], count: int) -> None:
        """Delete the least useful first: unbound, not running, not ready, crowded nodes, young, restarting."""
        crowd: dict[str, int] = {}
        for pod in active:
            node = pod["spec"].get("nodeName", "")
            crowd[node] = crowd.get(node, 0) + 1
        for pod in sorted(active, key=lambda each: _usefulness(each, crowd))[:count]:
            name = pod["metadata"]["name"]
            self._store.delete("Pod", owner["metadata"]["namespace"], name)
            text = self._texts.say(Text.POD_DELETED, name=name)
            self._recorder.normal(owner, "SuccessfulDelete", text, COMPONENT)

    # ---- status ----

    def _write_status(self, owner: Object, active: list[Object], failure: str | None) -> float | None:
        ready = [pod for pod in active if is_ready(pod)]
        patience = float(owner["spec"].get("minReadySeconds") or 0)
        now = self._clock.now()
        waits = [self._clock.parse(ready_since(pod) or "") + patience - now for pod in ready] if patience else []
        available = len(ready) - sum(wait > 0 for wait in waits)
        template_labels = owner["spec"]["template"].get("metadata", {}).get("labels") or {}
        old = owner.get("status") or {}
        counts = {
            "fullyLabeledReplicas": sum(is_subset(template_labels, labels_of(pod)) for pod in active),
            "readyReplicas": len(ready),
            "availableReplicas": available,
        }
        status: Object = {
            "replicas": len(active),
            **{name: count for name, count in counts.items() if count},
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        if failure is not None:
            conditions = [dict(each) for each in old.get("conditions") or ()]
            set_condition(conditions, "ReplicaFailure", "True", self._clock.iso(), "FailedCreate", failure)
            status["conditions"] = conditions
        self._store.update_status("ReplicaSet", owner, status)
        return min((wait for wait in waits if wait > 0), default=None)


def _usefulness(pod: Object, crowd: dict[str, int]) -> tuple[object, ...]:
    """ActivePodsWithRanks of pkg/controller: what sorts first goes first."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    restarts = max((each["restartCount"] for each in statuses), default=0)
    phases = {"Pending": 0, "Unknown": 1, "Running": 2}
    return (
        bool(pod["spec"].get("nodeName")),
        phases.get(pod.get("status", {}).get("phase", "Pending"), 0),
        is_ready(pod),
        _deletion_cost(pod),
        -crowd[pod["spec"].get("nodeName", "")],
        _reversed(ready_since(pod)),
        -restarts,
        _reversed(pod["metadata"]["creationTimestamp"]),
        pod["metadata"]["name"],
    )


def _deletion_cost(pod: Object) -> int:
    text = (pod["metadata"].get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
    return int(text) if text.lstrip("-").isdigit() else 0


def _reversed(stamp: str | None) -> tuple[int, ...]:
    """Sorts later times first."""
    return tuple(-ord(letter) for letter in stamp or "")
