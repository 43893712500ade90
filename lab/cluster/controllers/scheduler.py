"""The scheduler: binds pods to nodes, or says why it cannot (pkg/scheduler)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lab.cluster.conditions import set_condition
from lab.cluster.context import Context, place_of
from lab.cluster.controllers.fitting import Fitting, Unfit
from lab.cluster.controllers.loads import Loads, owner_of
from lab.cluster.controllers.volumes import SELECTED_NODE
from lab.cluster.matching import node_preference
from lab.cluster.pods import DEFAULT_SCHEDULER, is_over, requests_of
from lab.cluster.ports import Object
from lab.cluster.quantity import milli
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

RETRY_SECONDS = 300.0
"""Unschedulable pods are tried again after this long even if nothing changed."""
LONGEST_BACK_OFF_SECONDS = 10.0
"""A pod that failed is not tried again before 1 s, doubled at each failure up to this, whatever happens."""
WORLD = ("Node", "PersistentVolumeClaim", "PersistentVolume", "StorageClass")


@dataclass(frozen=True)
class Attempts:
    """The failed attempts at one pod."""

    count: int
    not_before: float
    """Epoch seconds."""


class Scheduler:
    """One pod at a time; those that fit nowhere wait for the world to change."""

    kinds: tuple[str, ...] = ("Pod", *WORLD)

    def __init__(self, context: Context) -> None:
        self._store, self._clock = context.store, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._fitting = Fitting(context.store, context.index, context.texts)
        self._loads = Loads()
        self._stuck: dict[Key, Attempts] = {}

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The pod while it is unbound; the stuck ones whenever room or rules may have changed."""
        if event.kind == "Pod":
            self._loads.note(event.obj, event.type == "DELETED")
            if self._is_mine(event.obj) and (event.previous is None or _changed(event, "spec")):
                yield place_of(event.obj)
            frees = event.type == "DELETED" or is_over(event.obj)
            if not (frees and event.obj["spec"].get("nodeName")):
                return
        elif event.kind == "Node" and event.previous is not None and not _node_changed(event):
            return
        yield from sorted(self._stuck)

    def reconcile(self, key: Key) -> float | None:
        """Bind one pod or leave it stuck."""
        pod = self._store.get("Pod", *key)
        if pod is None or not self._is_mine(pod):
            self._stuck.pop(key, None)
            return None
        now, attempts = self._clock.now(), self._stuck.get(key)
        if attempts is not None and now < attempts.not_before:
            return attempts.not_before - now
        nodes = self._store.list("Node")
        blocked = self._claim_problem(pod)
        unfit: list[Unfit] = []
        if blocked is None:
            fitting: list[Object] = []
            requests = requests_of(pod["spec"])
            for node in nodes:
                why = self._fitting.unfit(pod, requests, node, self._loads.nodes[node["metadata"]["name"]])
                if why is None:
                    fitting.append(node)
                else:
                    unfit.append(why)
            if fitting:
                node = max(fitting, key=lambda node: self._score(pod, node))
                if self._choose_for_claims(pod, node):
                    self._stuck[key] = Attempts(0, now)
                    return None
                self._bind(pod, node)
                self._stuck.pop(key, None)
                return None
        tried = 0 if attempts is None else attempts.count
        self._stuck[key] = Attempts(tried + 1, now + min(2.0**tried, LONGEST_BACK_OFF_SECONDS))
        self._refuse(pod, self._message(len(nodes), blocked, unfit))
        return RETRY_SECONDS

    def _is_mine(self, pod: Object) -> bool:
        spec = pod["spec"]
        waits = not spec.get("nodeName") and "deletionTimestamp" not in pod["metadata"] and not is_over(pod)
        return waits and spec.get("schedulerName", DEFAULT_SCHEDULER) == DEFAULT_SCHEDULER

    def _claim_problem(self, pod: Object) -> str | None:
        """What the volume plugin finds before it looks at any node."""
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if not name:
                continue
            claim = self._store.get("PersistentVolumeClaim", pod["metadata"]["namespace"], name)
            if claim is None:
                return self._texts.say(Text.CLAIM_ABSENT, name=name)
            if claim.get("status", {}).get("phase") != "Bound" and not self._waits_for_pod(claim):
                return self._texts.say(Text.CLAIM_UNBOUND)
        return None

    def _waits_for_pod(self, claim: Object) -> bool:
        """Whether the claim's class makes a volume only once a pod has been placed."""
        kind = self._store.get("StorageClass", None, claim["spec"].get("storageClassName") or "")
        return kind is not None and kind.get("volumeBindingMode") == "WaitForFirstConsumer"

    def _choose_for_claims(self, pod: Object, node: Object) -> bool:
        """Name the node on claims that wait for one; answers whether the pod must wait for them."""
        waits = False
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            claim = self._store.get("PersistentVolumeClaim", pod["metadata"]["namespace"], name) if name else None
            if claim is None or claim.get("status", {}).get("phase") == "Bound":
                continue
            waits = True
            annotations = {SELECTED_NODE: node["metadata"]["name"]} | (claim["metadata"].get("annotations") or {})
            meta = {**claim["metadata"], "annotations": annotations}
            self._store.update("PersistentVolumeClaim", {**claim, "metadata": meta})
        return waits

    def _message(self, nodes: int, blocked: str | None, unfit: list[Unfit]) -> str:
        if nodes == 0:
            return self._texts.say(Text.NO_NODES)
        if blocked is not None:
            reasons, preemption = blocked, self._texts.say(Text.NOT_HELPFUL, count=nodes)
        else:
            counts = Counter(reason for each in unfit for reason in each.reasons)
            reasons = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
            helpless = sum(each.helpless for each in unfit)
            parts = []
            if nodes > helpless:
                parts.append(self._texts.say(Text.NO_VICTIMS, count=nodes - helpless))
            if helpless:
                parts.append(self._texts.say(Text.NOT_HELPFUL, count=helpless))
            preemption = ", ".join(sorted(parts))
        return self._texts.say(Text.NO_NODE_FITS, nodes=nodes, reasons=reasons, preemption=preemption)

    def _refuse(self, pod: Object, message: str) -> None:
        self._recorder.warning(pod, "FailedScheduling", message, DEFAULT_SCHEDULER)
        status = self._with_condition(pod, "False", "Unschedulable", message)
        self._store.update_status("Pod", pod, status)

    def _bind(self, pod: Object, node: Object) -> None:
        name = node["metadata"]["name"]
        bound = {**pod, "spec": {**pod["spec"], "nodeName": name}, "status": self._with_condition(pod, "True")}
        self._store.update("Pod", bound)
        text = self._texts.say(Text.SCHEDULED, pod="/".join(place_of(pod)), node=name)
        self._recorder.normal(pod, "Scheduled", text, DEFAULT_SCHEDULER)

    def _with_condition(self, pod: Object, status: str, reason: str = "", message: str = "") -> Object:
        old = pod.get("status") or {}
        conditions = [dict(each) for each in old.get("conditions") or ()]
        now = self._clock.iso()
        set_condition(conditions, "PodScheduled", status, now, reason, message, lastProbeTime=None)
        return {**old, "conditions": conditions}

    def _score(self, pod: Object, node: Object) -> tuple[float, ...]:
        """Preferred affinity, then spread of one owner's pods, then the emptier node, then the earlier name."""
        name = node["metadata"]["name"]
        load = self._loads.nodes[name]
        allocatable = node.get("status", {}).get("allocatable") or {}
        taken = [load.requests[each] / max(1, milli(allocatable.get(each, "1"))) for each in ("cpu", "memory")]
        order = -float(int.from_bytes(name.encode()[-6:], "big"))
        return (node_preference(pod["spec"], node), -load.by_owner[owner_of(pod)], -max(taken), -load.pods, order)


def _changed(event: StoreEvent, field: str) -> bool:
    return event.previous is None or event.previous.get(field) != event.obj.get(field)


def _node_changed(event: StoreEvent) -> bool:
    """Whether what the filters look at changed; heartbeats do not count."""
    old, new = event.previous or {}, event.obj
    room = old.get("status", {}).get("allocatable") != new.get("status", {}).get("allocatable")
    labels = old.get("metadata", {}).get("labels") != new["metadata"].get("labels")
    return event.type == "DELETED" or room or labels or _changed(event, "spec")
