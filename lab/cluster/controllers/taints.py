"""Evictions by NoExecute taints, and of pods whose node is gone (pkg/controller/tainteviction, podgc)."""

from collections.abc import Iterable

from lab.cluster.conditions import set_condition
from lab.cluster.context import Context, place_of
from lab.cluster.matching import tolerates
from lab.cluster.pods import is_over
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "taint-eviction-controller"
ORPHAN_SECONDS = 40.0
"""A node is missed for this long before its pods are taken for lost (podgc's quarantine)."""


class TaintEvictions:
    """Deletes pods that do not tolerate their node, when their patience is over."""

    kinds: tuple[str, ...] = ("Node", "Pod")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._since: dict[str, float] = {}
        """By pod uid: since when its node has been unbearable, or gone."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The pods of a node whose taints changed; a pod that came to a tainted node."""
        if event.kind == "Node":
            before = [] if event.previous is None else _evicting(event.previous)
            if event.type == "DELETED" or before != _evicting(event.obj):
                for pod in self._index.pods_on(event.obj["metadata"]["name"]):
                    yield place_of(pod)
            return
        if event.type == "DELETED":
            self._since.pop(event.obj["metadata"]["uid"], None)
            return
        name = event.obj["spec"].get("nodeName")
        if name and (event.previous is None or event.previous["spec"] != event.obj["spec"]):
            node = self._store.get("Node", None, name)
            if node is not None and _evicting(node):
                yield place_of(event.obj)

    def reconcile(self, key: Key) -> float | None:
        """Decide about one pod."""
        pod = self._store.get("Pod", *key)
        if pod is None or is_over(pod):
            return None
        node = self._store.get("Node", None, pod["spec"].get("nodeName") or "")
        uid, now = pod["metadata"]["uid"], self._clock.now()
        if node is None:
            return self._collect(pod) if pod["spec"].get("nodeName") else None
        if "deletionTimestamp" in pod["metadata"]:
            return None
        taints = _evicting(node)
        if not taints:
            if self._since.pop(uid, None) is not None:
                text = self._texts.say(Text.EVICTION_CANCELLED, pod="/".join(key))
                self._recorder.normal(pod, "TaintManagerEviction", text, COMPONENT)
            return None
        patience = _patience(pod, taints)
        if patience is None:
            self._since.pop(uid, None)
            return None
        left = self._since.setdefault(uid, now) + patience - now
        if left > 0:
            return left
        self._evict(pod)
        return None

    def _evict(self, pod: Object) -> None:
        text = self._texts.say(Text.MARKED_FOR_DELETION, pod="/".join(place_of(pod)))
        self._recorder.normal(pod, "TaintManagerEviction", text, COMPONENT)
        pod = self._mark(pod, "DeletionByTaintManager", self._texts.say(Text.TAINT_DELETION))
        self._since.pop(pod["metadata"]["uid"], None)
        self._store.delete("Pod", *place_of(pod))

    def _collect(self, pod: Object) -> float | None:
        """A pod without a node has no kubelet that could end it."""
        now = self._clock.now()
        left = self._since.setdefault(pod["metadata"]["uid"], now) + ORPHAN_SECONDS - now
        if left > 0:
            return left
        pod = self._mark(pod, "DeletionByPodGC", self._texts.say(Text.NODE_GONE))
        pod = self._store.update_status("Pod", pod, {**pod["status"], "phase": "Failed"})
        self._store.delete("Pod", *place_of(pod), grace_seconds=0)
        return None

    def _mark(self, pod: Object, reason: str, message: str) -> Object:
        status = pod.get("status") or {}
        conditions = [dict(each) for each in status.get("conditions") or ()]
        now = self._clock.iso()
        set_condition(conditions, "DisruptionTarget", "True", now, reason, message, lastProbeTime=None)
        return self._store.update_status("Pod", pod, {**status, "conditions": conditions})


def _evicting(node: Object) -> list[Object]:
    """The taints of a node that drive pods away."""
    return [each for each in node["spec"].get("taints") or () if each["effect"] == "NoExecute"]


def _patience(pod: Object, taints: list[Object]) -> float | None:
    """Seconds for which the pod bears the taints; 0 for none of them, `None` for ever."""
    found: list[float] = []
    for taint in taints:
        covering = [each for each in pod["spec"].get("tolerations") or () if tolerates([each], taint)]
        if not covering:
            return 0.0
        found += [max(0.0, float(each["tolerationSeconds"])) for each in covering if "tolerationSeconds" in each]
    return min(found, default=None)
