"""StatefulSets: pods with names and claims of their own, one after the other (pkg/controller/statefulset)."""

from collections.abc import Iterable

from lab.cluster.context import Context, place_of, soonest
from lab.cluster.controllers.histories import HASH_LABEL, Histories, template_of
from lab.cluster.controllers.identities import Identities, ordinal_of, pod_name, span
from lab.cluster.controllers.retries import Retries
from lab.cluster.errors import ApiError
from lab.cluster.matching import labels_of, selects
from lab.cluster.pods import controller_of, controller_reference, is_over, is_ready, ready_since
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "statefulset-controller"


class StatefulSets:
    """Creates, replaces and removes the pods of StatefulSets in order."""

    kinds: tuple[str, ...] = ("StatefulSet", "Pod")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder, self._admit = context.texts, context.recorder, context.admit
        self._histories, self._identities, self._retries = Histories(context), Identities(context), Retries()

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The set, the controller of a pod, or whoever may adopt it."""
        if event.kind == "StatefulSet":
            yield place_of(event.obj)
            return
        owner = controller_of(event.obj)
        if owner is not None and owner["kind"] == "StatefulSet":
            yield (event.obj["metadata"]["namespace"], owner["name"])
        elif owner is None and event.type != "DELETED":
            for each in self._store.list("StatefulSet", event.obj["metadata"]["namespace"]):
                if ordinal_of(each, event.obj) is not None and selects(
                    each["spec"]["selector"], labels_of(event.obj)
                ):
                    yield place_of(each)

    def reconcile(self, key: Key) -> float | None:
        """Bring one set a step on."""
        owner = self._store.get("StatefulSet", *key)
        if owner is None:
            self._retries.succeeded(key)
            return None
        if "deletionTimestamp" in owner["metadata"]:
            return None
        update = self._histories.current(owner)
        name = (owner.get("status") or {}).get("currentRevision")
        held = self._store.get("ControllerRevision", key[0], name) if name else None
        current = update if held is None else held
        wait = self._step(owner, current, update)
        owner = self._store.get("StatefulSet", *key)
        if owner is None:
            return None
        again = self._write_status(owner, current, update)
        return soonest(wait, again)

    # ---- pods ----

    def _pods(self, owner: Object) -> dict[int, Object]:
        """Its pods by ordinal; matching orphans are adopted."""
        found = self._index.owned(owner["metadata"]["uid"], "Pod")
        for number in span(owner):
            stray = self._store.get("Pod", owner["metadata"]["namespace"], pod_name(owner, number))
            if stray is None or controller_of(stray) or not selects(owner["spec"]["selector"], labels_of(stray)):
                continue
            references = [*(stray["metadata"].get("ownerReferences") or ()), controller_reference(owner)]
            meta = {**stray["metadata"], "ownerReferences": references}
            found.append(self._store.update("Pod", {**stray, "metadata": meta}))
        numbered = ((ordinal_of(owner, pod), pod) for pod in found)
        return {number: pod for number, pod in numbered if number is not None}

    def _step(self, owner: Object, current: Object, update: Object) -> float | None:
        """One pass over the pods, as updateStatefulSet does it. Answers when to look again unasked (seconds)."""
        pods, wanted = self._pods(owner), span(owner)
        in_order = owner["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        for number in wanted:
            pod = pods.get(number)
            if pod is not None and is_over(pod) and "deletionTimestamp" not in pod["metadata"]:
                text = self._texts.say(
                    Text.POD_RECREATED, owner=owner["metadata"]["name"], name=pod_name(owner, number)
                )
                self._recorder.warning(owner, "RecreatingFailedPod", text, COMPONENT)
                self._store.delete("Pod", *place_of(pod))
                pod = self._store.get("Pod", *place_of(pod))
            if pod is None:
                waits = self._create(owner, current, update, number)
                if waits is not None or in_order:
                    return waits
            elif in_order and (waits := self._unfit_for_next(owner, pod)) is not None:
                return waits or None
        condemned = sorted((number for number in pods if number not in wanted), reverse=True)
        for number in condemned:
            pod = pods[number]
            going = "deletionTimestamp" in pod["metadata"]
            if in_order and (going or self._is_troubled(owner, pods, condemned, number)):
                return None
            if not going:
                self._identities.release(owner, pod)
                self._delete(owner, pod)
                if in_order:
                    return None
        return self._replace_old(owner, pods, update)

    def _unfit_for_next(self, owner: Object, pod: Object) -> float | None:
        """`None` when the pod is good enough for the next one to start; else seconds to wait, 0 for an event."""
        if "deletionTimestamp" in pod["metadata"] or not is_ready(pod):
            return 0.0
        left = self._until_available(owner, pod)
        return left if left > 0 else None

    def _until_available(self, owner: Object, pod: Object) -> float:
        patience = float(owner["spec"].get("minReadySeconds") or 0)
        since = ready_since(pod)
        return 0.0 if since is None else self._clock.parse(since) + patience - self._clock.now()

    @staticmethod
    def _is_troubled(owner: Object, pods: dict[int, Object], condemned: list[int], number: int) -> bool:
        """Whether an unhealthy pod, which is not this one, must be seen to before this one goes."""
        unhealthy = [
            each for each in [*span(owner), *reversed(condemned)] if each in pods and not is_ready(pods[each])
        ]
        return not is_ready(pods[number]) and bool(unhealthy) and unhealthy[0] != number

    def _replace_old(self, owner: Object, pods: dict[int, Object], update: Object) -> float | None:
        """The rolling update: from the highest ordinal down to the partition, one at a time."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return None
        partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
        for number in sorted(span(owner), reverse=True):
            if number < partition:
                return None
            pod = pods.get(number)
            if pod is None:
                return None
            going = "deletionTimestamp" in pod["metadata"]
            if not going and labels_of(pod).get(HASH_LABEL) != update["metadata"]["name"]:
                self._delete(owner, pod)
                return None
            if going or not is_ready(pod):
                return None
            if (left := self._until_available(owner, pod)) > 0:
                return left
        return None

    def _create(self, owner: Object, current: Object, update: Object, number: int) -> float | None:
        """Create a pod and its claims. Answers the seconds until the next try when the API server refuses."""
        key, now = place_of(owner), self._clock.now()
        if waits := self._retries.wait(key, now):
            return waits
        rolling = (owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        revision = current if number < int(rolling.get("partition") or 0) else update
        name = pod_name(owner, number)
        try:
            self._identities.claim(owner, number)
            pod = self._identities.pod(owner, template_of(revision), number, revision["metadata"]["name"])
            self._store.create("Pod", self._admit("Pod", pod, "CREATE", False))
        except ApiError as refusal:
            text = self._texts.say(Text.SET_POD_REFUSED, name=name, owner=key[1], error=refusal.message)
            self._recorder.warning(owner, "FailedCreate", text, COMPONENT)
            return self._retries.failed(key, now)
        self._retries.succeeded(key)
        text = self._texts.say(Text.SET_POD_CREATED, name=name, owner=key[1])
        self._recorder.normal(owner, "SuccessfulCreate", text, COMPONENT)
        return None

    def _delete(self, owner: Object, pod: Object) -> None:
        self._store.delete("Pod", *place_of(pod))
        text = self._texts.say(Text.SET_POD_DELETED, name=pod["metadata"]["name"], owner=owner["metadata"]["name"])
        self._recorder.normal(owner, "SuccessfulDelete", text, COMPONENT)

    # ---- status ----

    def _write_status(self, owner: Object, current: Object, update: Object) -> float | None:
        pods = [pod for pod in self._pods(owner).values() if not is_over(pod)]
        living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        ready = [pod for pod in pods if is_ready(pod)]
        waits = [left for pod in ready if (left := self._until_available(owner, pod)) > 0]
        names = {"current": current["metadata"]["name"], "update": update["metadata"]["name"]}
        of = {
            which: sum(labels_of(pod).get(HASH_LABEL) == name for pod in living) for which, name in names.items()
        }
        wanted = len(span(owner))
        if of["update"] == wanted == len(ready) == len(pods):
            names["current"], of["current"] = names["update"], of["update"]
        counts = {
            "readyReplicas": len(ready),
            "currentReplicas": of["current"],
            "updatedReplicas": of["update"],
        }
        status: Object = {
            "observedGeneration": owner["metadata"].get("generation", 1),
            "replicas": len(pods),
            **{name: count for name, count in counts.items() if count},
            "availableReplicas": len(ready) - len(waits),
            "currentRevision": names["current"],
            "updateRevision": names["update"],
            "collisionCount": 0,
        }
        self._store.update_status("StatefulSet", owner, status)
        used = {labels_of(pod).get(HASH_LABEL, "") for pod in pods}
        self._histories.trim(owner, used | set(names.values()))
        return min(waits, default=None)
