"""Deployments: revisions as ReplicaSets, rolled out as the strategy says (pkg/controller/deployment)."""

from collections.abc import Iterable

from lab.cluster.context import Context, place_of
from lab.cluster.controllers.deployment_status import DeploymentStatus
from lab.cluster.controllers.revisions import (
    DESIRED,
    HASH_LABEL,
    MAXIMUM,
    NOT_COPIED,
    REVISION,
    REVISION_HISTORY,
    revision_of,
    same_template,
    template_hash,
)
from lab.cluster.controllers.rollout import Limits, SetState, limits, new_size, old_sizes, proportional
from lab.cluster.matching import labels_of, selects
from lab.cluster.pods import controller_of, controller_reference, is_over
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent, copy_of
from lab.cluster.texts import Text

COMPONENT = "deployment-controller"


class Deployments:
    """Rolls out pod templates."""

    kinds: tuple[str, ...] = ("Deployment", "ReplicaSet", "Pod")

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._status = DeploymentStatus(context)

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The Deployment, or the controller of a ReplicaSet."""
        if event.kind == "Deployment":
            yield place_of(event.obj)
            return
        if event.kind == "Pod":
            yield from self._waits_for(event)
            return
        owner = controller_of(event.obj)
        if owner is not None and owner["kind"] == "Deployment":
            yield (event.obj["metadata"]["namespace"], owner["name"])
        elif owner is None and event.type != "DELETED":
            for each in self._store.list("Deployment", event.obj["metadata"]["namespace"]):
                if selects(each["spec"]["selector"], labels_of(event.obj)):
                    yield place_of(each)

    def reconcile(self, key: Key) -> float | None:
        """Bring one Deployment a step on."""
        deployment = self._store.get("Deployment", *key)
        if deployment is None or "deletionTimestamp" in deployment["metadata"]:
            return None
        sets = self._owned(deployment)
        new = _matching(sets, deployment)
        paused = deployment["spec"].get("paused", False)
        if new is None and not paused:
            new = self._create_set(deployment, sets)
        elif new is not None:
            new = self._freshen(deployment, new, sets)
        deployment = self._store.require("Deployment", *key)
        old = [each for each in self._owned(deployment) if new is None or not _same(each, new)]
        if paused or self._was_scaled(deployment, new, old):
            self._rescale(deployment, new, old)
        elif new is not None:
            self._roll(deployment, new, old)
        self._clean_up(deployment, old)
        deployment = self._store.require("Deployment", *key)
        current = self._owned(deployment)
        return self._status.write(deployment, _matching(current, deployment), current)

    def _waits_for(self, event: StoreEvent) -> Iterable[Key]:
        """A Deployment that recreates waits for the end of its old pods, which no status shows."""
        owner = controller_of(event.obj) if event.type == "DELETED" else None
        held = None if owner is None else self._index.by_uid(owner["uid"])
        above = None if held is None else controller_of(held)
        if above is not None and above["kind"] == "Deployment":
            yield (event.obj["metadata"]["namespace"], above["name"])

    # ---- revisions ----

    def _owned(self, deployment: Object) -> list[Object]:
        """Its ReplicaSets, oldest revision first; matching orphans are adopted."""
        found = self._index.owned(deployment["metadata"]["uid"], "ReplicaSet")
        for each in self._store.list("ReplicaSet", deployment["metadata"]["namespace"]):
            if controller_of(each) is None and selects(deployment["spec"]["selector"], labels_of(each)):
                meta = {**each["metadata"], "ownerReferences": [controller_reference(deployment)]}
                found.append(self._store.update("ReplicaSet", {**each, "metadata": meta}))
        return sorted(found, key=lambda each: (revision_of(each), each["metadata"]["creationTimestamp"]))

    def _create_set(self, deployment: Object, sets: list[Object]) -> Object:
        spec, meta = deployment["spec"], deployment["metadata"]
        template = copy_of(spec["template"])
        collisions, suffix = 0, template_hash(spec["template"], 0)
        while self._store.get("ReplicaSet", meta["namespace"], f"{meta['name']}-{suffix}") is not None:
            collisions += 1
            suffix = template_hash(spec["template"], collisions)
        template.setdefault("metadata", {}).setdefault("labels", {})[HASH_LABEL] = suffix
        selector = copy_of(spec["selector"])
        selector.setdefault("matchLabels", {})[HASH_LABEL] = suffix
        revision = str(max((revision_of(each) for each in sets), default=0) + 1)
        limit = limits_of(deployment)
        size = 0
        if not any(each["spec"].get("replicas") for each in sets):
            size = limit.replicas
        elif strategy_of(deployment) == "RollingUpdate":
            size = new_size(limit, SetState("", 0, 0), [_state(each) for each in sets])
        body = {
            "metadata": {
                "name": f"{meta['name']}-{suffix}",
                "namespace": meta["namespace"],
                "labels": template["metadata"]["labels"],
                "annotations": _inherited(deployment) | self._sizes(limit) | {REVISION: revision},
                "ownerReferences": [controller_reference(deployment)],
            },
            "spec": {"replicas": size, "selector": selector, "template": template},
            "status": {"replicas": 0},
        }
        if spec.get("minReadySeconds"):
            body["spec"]["minReadySeconds"] = spec["minReadySeconds"]
        new = self._store.create("ReplicaSet", body)
        if size:
            self._tell_scaled(deployment, new, 0, size)
        self._set_revision(deployment, revision)
        self._status.progressed(deployment, new, "NewReplicaSetCreated", Text.REPLICA_SET_CREATED)
        return new

    def _freshen(self, deployment: Object, new: Object, sets: list[Object]) -> Object:
        """Give the set that runs the current template the highest revision; an earlier one means a rollback."""
        top = max((revision_of(each) for each in sets if not _same(each, new)), default=0)
        annotations = dict(new["metadata"].get("annotations") or {})
        before = annotations.get(REVISION, "0")
        if revision_of(new) <= top:
            history = [each for each in annotations.get(REVISION_HISTORY, "").split(",") if each]
            annotations[REVISION] = str(top + 1)
            annotations[REVISION_HISTORY] = ",".join([*history, before])
            self._status.progressed(deployment, new, "FoundNewReplicaSet", Text.REPLICA_SET_FOUND)
        annotations |= _inherited(deployment)
        spec = new["spec"]
        patience = deployment["spec"].get("minReadySeconds") or 0
        if (spec.get("minReadySeconds") or 0) != patience:
            spec = {**spec, "minReadySeconds": patience}
        body = {**new, "metadata": {**new["metadata"], "annotations": annotations}, "spec": spec}
        new = self._store.update("ReplicaSet", body)
        self._set_revision(deployment, annotations[REVISION])
        return new

    def _set_revision(self, deployment: Object, revision: str) -> None:
        deployment = self._store.require("Deployment", *place_of(deployment))
        annotations = deployment["metadata"].get("annotations") or {}
        if annotations.get(REVISION) != revision:
            meta = {**deployment["metadata"], "annotations": annotations | {REVISION: revision}}
            self._store.update("Deployment", {**deployment, "metadata": meta})

    def _clean_up(self, deployment: Object, old: list[Object]) -> None:
        """Keep `revisionHistoryLimit` empty old sets, the newest."""
        keep = deployment["spec"].get("revisionHistoryLimit", 10)
        if not self._status.is_complete(deployment):
            return
        idle = [
            each
            for each in old
            if not each["spec"].get("replicas")
            and not each.get("status", {}).get("replicas")
            and "deletionTimestamp" not in each["metadata"]
        ]
        for each in idle[: max(0, len(idle) - keep)]:
            namespace, name = place_of(each)
            self._store.delete("ReplicaSet", namespace, name)

    # ---- sizes ----

    def _roll(self, deployment: Object, new: Object, old: list[Object]) -> None:
        limit = limits_of(deployment)
        if strategy_of(deployment) == "Recreate":
            for each in old:
                self._scale(deployment, each, 0)
            self._recreate(deployment, new, old, limit)
            return
        states = [_state(each) for each in old]
        self._scale(deployment, new, new_size(limit, _state(new), states))
        new = self._store.require("ReplicaSet", *place_of(new))
        state = _state(new)
        sizes = old_sizes(limit, state, states, state.wanted - state.available)
        for each in old:
            if each["metadata"]["name"] in sizes:
                self._scale(deployment, each, sizes[each["metadata"]["name"]])

    def _recreate(self, deployment: Object, new: Object, old: list[Object], limit: Limits) -> None:
        """The new pods come only when the last old one is gone, not merely told to go; an evicted one is."""
        there = (pod for each in old for pod in self._index.owned(each["metadata"]["uid"], "Pod"))
        if all(is_over(pod) for pod in there):
            self._scale(deployment, new, limit.replicas)

    def _was_scaled(self, deployment: Object, new: Object | None, old: list[Object]) -> bool:
        """Whether `replicas` changed since the active sets were last sized."""
        wanted = str(deployment["spec"].get("replicas", 1))
        for each in [*old, *([] if new is None else [new])]:
            sized = (each["metadata"].get("annotations") or {}).get(DESIRED)
            if each["spec"].get("replicas") and sized is not None and sized != wanted:
                return True
        return False

    def _rescale(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """Only the number changed, or the rollout is paused: keep the mix of revisions."""
        limit = limits_of(deployment)
        sets = [*old, *([] if new is None else [new])]
        active = [each for each in sets if each["spec"].get("replicas")]
        if len(active) <= 1:
            only = active[0] if active else new or (sets[-1] if sets else None)
            if only is not None:
                self._scale(deployment, only, limit.replicas)
        elif strategy_of(deployment) == "RollingUpdate":
            sizes = proportional(limit, [_state(each) for each in active])
            for each in active:
                self._scale(deployment, each, sizes.get(each["metadata"]["name"], each["spec"]["replicas"]))
        for each in self._owned(deployment):
            self._scale(deployment, each, each["spec"].get("replicas", 0))

    def _scale(self, deployment: Object, target: Object, size: int) -> None:
        """Set a set's size, and note for which number it was."""
        target = self._store.require("ReplicaSet", *place_of(target))
        before = target["spec"].get("replicas", 0)
        annotations = (target["metadata"].get("annotations") or {}) | self._sizes(limits_of(deployment))
        meta = {**target["metadata"], "annotations": annotations}
        self._store.update(
            "ReplicaSet", {**target, "metadata": meta, "spec": {**target["spec"], "replicas": size}}
        )
        if before != size:
            self._tell_scaled(deployment, target, before, size)

    def _tell_scaled(self, deployment: Object, target: Object, before: int, size: int) -> None:
        text = Text.SCALED_UP if size > before else Text.SCALED_DOWN
        message = self._texts.say(text, name=target["metadata"]["name"], old=before, new=size)
        self._recorder.normal(deployment, "ScalingReplicaSet", message, COMPONENT)

    @staticmethod
    def _sizes(limit: Limits) -> dict[str, str]:
        return {DESIRED: str(limit.replicas), MAXIMUM: str(limit.replicas + limit.surge)}


def strategy_of(deployment: Object) -> str:
    """`RollingUpdate` or `Recreate`."""
    return str((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate"))


def limits_of(deployment: Object) -> Limits:
    """Surge and unavailability in pods."""
    replicas = int(deployment["spec"].get("replicas", 1))
    if strategy_of(deployment) != "RollingUpdate":
        return Limits(replicas, 0, 0)
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    return limits(replicas, rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%"))


def _state(replica_set: Object) -> SetState:
    return SetState(
        replica_set["metadata"]["name"],
        int(replica_set["spec"].get("replicas", 0)),
        int(replica_set.get("status", {}).get("availableReplicas", 0)),
    )


def _matching(sets: list[Object], deployment: Object) -> Object | None:
    """The set with the current template; of several the oldest, as upstream."""
    template = deployment["spec"]["template"]
    same = [each for each in sets if same_template(each["spec"]["template"], template)]
    return min(same, key=lambda each: str(each["metadata"]["creationTimestamp"]), default=None)


def _same(left: Object, right: Object) -> bool:
    return bool(left["metadata"]["uid"] == right["metadata"]["uid"])


def _inherited(deployment: Object) -> dict[str, str]:
    annotations = deployment["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in NOT_COPIED}
