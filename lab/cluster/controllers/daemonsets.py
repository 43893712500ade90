"""DaemonSets: one pod on every node that fits (pkg/controller/daemon)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.cluster.context import Context, place_of, soonest
from lab.cluster.controllers.daemon_pods import (
    Fit,
    bound_to,
    fit_of,
    node_matters,
    node_of,
)
from lab.cluster.controllers.histories import HASH_LABEL, Histories, hash_of
from lab.cluster.controllers.retries import Retries
from lab.cluster.controllers.rollout import limits
from lab.cluster.errors import ApiError
from lab.cluster.matching import labels_of
from lab.cluster.pods import controller_of, is_over, is_ready, ready_since
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "daemonset-controller"


@dataclass
class Place:
    """One node with the pods that a DaemonSet has on it."""

    fit: Fit
    old: list[Object] = field(default_factory=list)
    new: list[Object] = field(default_factory=list)
    """Those of the current template."""

    @property
    def pods(self) -> list[Object]:
        """All of them."""
        return [*self.old, *self.new]


class DaemonSets:
    """Places, replaces and removes daemon pods."""

    kinds: tuple[str, ...] = ("DaemonSet", "Pod", "Node")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder, self._admit = context.texts, context.recorder, context.admit
        self._histories, self._retries, self._replacing = Histories(context), Retries(), Retries()

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The set, the controller of a pod; a node that came, went or changed its rules concerns all."""
        if event.kind == "DaemonSet":
            yield place_of(event.obj)
        elif event.kind == "Pod":
            owner = controller_of(event.obj)
            if owner is not None and owner["kind"] == "DaemonSet":
                yield (event.obj["metadata"]["namespace"], owner["name"])
        elif node_matters(event):
            yield from (place_of(each) for each in self._store.list("DaemonSet"))

    def reconcile(self, key: Key) -> float | None:
        """Bring one set a step on."""
        owner = self._store.get("DaemonSet", *key)
        if owner is None or "deletionTimestamp" in owner["metadata"]:
            self._retries.succeeded(key)
            return None
        revision = self._histories.current(owner)
        wait = self._place(key, owner, revision)
        if wait is None:
            wait = self._roll(key, owner, revision)
        owner = self._store.require("DaemonSet", *key)
        return soonest(wait, self._write_status(owner, revision))

    # ---- pods ----

    def _places(self, owner: Object, revision: Object) -> dict[str, Place]:
        """By node, in the order of their names; a node that is gone has no place."""
        places = {
            node["metadata"]["name"]: Place(fit_of(owner["spec"]["template"]["spec"], node))
            for node in self._store.list("Node")
        }
        current = hash_of(revision)
        for pod in self._index.owned(owner["metadata"]["uid"], "Pod"):
            place = places.get(node_of(pod))
            if place is not None:
                (place.new if labels_of(pod).get(HASH_LABEL) == current else place.old).append(pod)
        return places

    def _place(self, key: Key, owner: Object, revision: Object) -> float | None:
        """A pod where one is missing, none where it may not be, a new one for each that has failed."""
        lacking: list[str] = []
        wait: float | None = None
        for node, place in self._places(owner, revision).items():
            alive = []
            for pod in place.pods:
                if place.fit is Fit.NEVER:
                    self._delete(owner, pod)
                elif is_over(pod):
                    wait = soonest(wait, self._replace_failed(owner, pod, node))
                else:
                    alive.append(pod)
            if place.fit is Fit.RUN and not alive and len(alive) == len(place.pods):
                lacking.append(node)
        waits = self._retries.wait(key, self._clock.now())
        if lacking and waits:
            return waits
        for node in lacking:
            refused = self._create(key, owner, revision, node)
            if refused is not None:
                return refused
        return wait

    def _replace_failed(self, owner: Object, pod: Object, node: str) -> float | None:
        """Delete a pod that ended, with a growing pause between tries."""
        key, now = (*place_of(owner), node), self._clock.now()
        if waits := self._replacing.wait(key, now):
            return waits
        text = self._texts.say(Text.DAEMON_POD_FAILED, name="/".join(place_of(pod)), node=node)
        self._recorder.warning(owner, "FailedDaemonPod", text, COMPONENT)
        self._replacing.failed(key, now)
        self._delete(owner, pod)
        return None

    def _create(self, key: Key, owner: Object, revision: Object, node: str) -> float | None:
        """Create a pod for a node. Answers the seconds until the next try when the API server refuses."""
        name = f"{owner['metadata']['name']}-{self._store.suffix()}"
        try:
            pod = bound_to(owner, name, node, hash_of(revision))
            self._store.create("Pod", self._admit("Pod", pod, "CREATE", False))
        except ApiError as refusal:
            text = self._texts.say(Text.CREATE_FAILED, error=refusal.message)
            self._recorder.warning(owner, "FailedCreate", text, COMPONENT)
            return self._retries.failed(key, self._clock.now())
        self._retries.succeeded(key)
        text = self._texts.say(Text.POD_CREATED, name=name)
        self._recorder.normal(owner, "SuccessfulCreate", text, COMPONENT)
        return None

    def _delete(self, owner: Object, pod: Object) -> None:
        if "deletionTimestamp" in pod["metadata"]:
            return
        self._store.delete("Pod", *place_of(pod))
        text = self._texts.say(Text.POD_DELETED, name=pod["metadata"]["name"])
        self._recorder.normal(owner, "SuccessfulDelete", text, COMPONENT)

    # ---- rolling update ----

    def _roll(self, key: Key, owner: Object, revision: Object) -> float | None:
        """Replace old pods: those that serve nobody at once, others as far as the strategy allows."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return None
        places = {node: place for node, place in self._places(owner, revision).items() if place.fit is Fit.RUN}
        rolling = strategy.get("rollingUpdate") or {}
        limit = limits(len(places), rolling.get("maxSurge", 0), rolling.get("maxUnavailable", 1))
        if limit.surge:
            return self._surge(key, owner, revision, places, limit.surge)
        down = sum(not any(self._is_available(owner, pod) for pod in place.pods) for place in places.values())
        room, candidates = limit.unavailable - down, []
        for place in places.values():
            for pod in place.old:
                if "deletionTimestamp" in pod["metadata"]:
                    continue
                if not self._is_available(owner, pod):
                    self._delete(owner, pod)
                elif not place.new:
                    candidates.append(pod)
        for pod in candidates[: max(0, room)]:
            self._delete(owner, pod)
        return None

    def _surge(
        self, key: Key, owner: Object, revision: Object, places: dict[str, Place], room: int
    ) -> float | None:
        """The new pod comes beside the old one, which goes when the new one serves."""
        room -= sum(bool(place.old and place.new) for place in places.values())
        for node, place in places.items():
            if not place.old:
                continue
            served = any(self._is_available(owner, pod) for pod in place.old)
            if any(self._is_available(owner, pod) for pod in place.new):
                for pod in place.old:
                    self._delete(owner, pod)
            elif not place.new and (room > 0 or not served):
                room -= 1
                refused = self._create(key, owner, revision, node)
                if refused is not None:
                    return refused
        return None

    def _is_available(self, owner: Object, pod: Object) -> bool:
        return is_ready(pod) and "deletionTimestamp" not in pod["metadata"] and self._left(owner, pod) <= 0

    def _left(self, owner: Object, pod: Object) -> float:
        """Seconds until a ready pod counts as available."""
        since = ready_since(pod)
        patience = float(owner["spec"].get("minReadySeconds") or 0)
        return 0.0 if since is None else self._clock.parse(since) + patience - self._clock.now()

    # ---- status ----

    def _write_status(self, owner: Object, revision: Object) -> float | None:
        desired = current = misplaced = ready = available = updated = 0
        waits = []
        for place in self._places(owner, revision).values():
            misplaced += place.fit is not Fit.RUN and bool(place.pods)
            if place.fit is not Fit.RUN:
                continue
            desired += 1
            if not place.pods:
                continue
            current += 1
            oldest = min(place.pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
            serving = [pod for pod in place.pods if is_ready(pod)]
            ready += bool(serving)
            available += any(self._left(owner, pod) <= 0 for pod in serving)
            waits += [left for pod in serving if (left := self._left(owner, pod)) > 0]
            updated += oldest in place.new
        status: Object = {
            "currentNumberScheduled": current,
            "numberMisscheduled": misplaced,
            "desiredNumberScheduled": desired,
            "numberReady": ready,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        others = {"updatedNumberScheduled": updated, "numberAvailable": available}
        others["numberUnavailable"] = desired - available
        status |= {name: count for name, count in others.items() if count}
        self._store.update_status("DaemonSet", owner, status)
        pods = self._index.owned(owner["metadata"]["uid"], "Pod")
        hashes = {labels_of(pod).get(HASH_LABEL) for pod in pods} | {hash_of(revision)}
        kept = {each["metadata"]["name"] for each in self._histories.of(owner) if hash_of(each) in hashes}
        self._histories.trim(owner, kept)
        return min(waits, default=None)
