"""Carry operations out on a cluster, with the record of who did what that the API server would keep."""

import json
from collections.abc import Iterable
from typing import Any, Final, assert_never

from domain.base import Json
from domain.cluster import Ref
from domain.errors import BadInput
from lab.cluster.behaviour import Behaviours
from lab.cluster.errors import ApiError
from lab.cluster.ownership import after_update
from lab.cluster.patches import json_patch, merge_patch, strategic_patch
from lab.cluster.pods import is_ready
from lab.cluster.recorder import Recorder
from lab.cluster.resources import by_kind
from lab.cluster.schema import root_of
from lab.cluster.server import Cluster
from lab.cluster.store import copy_of
from lab.operations import (
    Apply,
    Behave,
    Delete,
    Exec,
    FailNode,
    OccupyNode,
    Operation,
    Patch,
    Reapply,
    RecordEvent,
    Recreate,
    ReplacePods,
    Restart,
    RestoreNode,
    RollBack,
    Scale,
    SetFlag,
    SetImage,
)
from lab.targets import Manifest, ref_of
from lab.view import View

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
REVISION: Final = "deployment.kubernetes.io/revision"
CORRECT: Final = "correct the scenario"


class Refused(BadInput):
    """An operation that the cluster does not take."""

    def __init__(self, operation: Operation, why: str, remedy: str = CORRECT) -> None:
        super().__init__(operation, why, remedy)  # all of them, so that it can be pickled
        self.operation, self.why, self.remedy = operation, why, remedy

    @property
    def what(self) -> str:
        """What was wrong, without the remedy."""
        return f"the operation {self.operation.op} at {self.operation.at:g} s {self.why}"

    def __str__(self) -> str:
        return f"{self.what[0].upper()}{self.what[1:]}; {self.remedy}."


class Hands:
    """Somebody with every right, whose doings are not the agent's: they are in no audit list."""

    def __init__(self, cluster: Cluster, namespace: str, manifests: tuple[Manifest, ...] = ()) -> None:
        """`manifests` are the application's, for applying them again."""
        self._cluster = cluster
        self._namespace = namespace
        self._manifests = manifests
        self._record = Recorder(cluster.store)

    def perform(self, operation: Operation) -> None:
        """Do one operation now. Raises Refused when it cannot be done."""
        try:
            self._perform(operation)
        except ApiError as error:
            raise Refused(operation, f"was refused: {error.message}") from error
        except BadInput as error:
            what, _, remedy = str(error).rstrip(".").partition("; ")
            raise Refused(operation, f"cannot be done: {what}", remedy or CORRECT) from error

    def apply(self, manifests: Iterable[Manifest], by: str) -> None:
        """Create each object, or merge it into the one that is there, with the note that kubectl leaves.

        Raises BadInput when the API server refuses one.
        """
        for manifest in map(self._placed, manifests):
            try:
                self._cluster.apply([manifest], by)
            except ApiError as error:
                name = f"{manifest['kind']}/{manifest['metadata']['name']}"
                raise BadInput(f"The manifest {name} was refused: {error.message}; correct it.") from error

    def _placed(self, manifest: Manifest) -> Manifest:
        meta = manifest["metadata"]
        ref = ref_of(f"{manifest['kind']}/{meta['name']}", meta.get("namespace", self._namespace))
        placed = {**manifest, "metadata": {**meta, "namespace": ref.namespace}} if ref.namespace else manifest
        return _with_last_applied(placed)

    def _perform(self, operation: Operation) -> None:
        match operation:
            case Behave() | FailNode() | RestoreNode() | OccupyNode():
                self._to_world(operation)
            case Exec() | ReplacePods() | Restart() | RollBack() | Scale() | SetImage():
                self._to_workload(operation)
            case Apply() | Reapply() | Patch() | Delete() | Recreate() | SetFlag() | RecordEvent():
                self._to_object(operation)
            case _:
                assert_never(operation)

    def _to_world(self, operation: Behave | FailNode | RestoreNode | OccupyNode) -> None:
        world = self._cluster.world
        match operation:
            case Behave():
                told = operation.behaviour.model_copy(update={"image": operation.image})
                world.behave(Behaviours(behaviours=(told,)))
            case FailNode():
                world.fail_node(operation.node)
            case RestoreNode():
                world.restore_node(operation.node)
            case OccupyNode():
                world.occupy_node(operation.node, operation.memory, operation.disk)
            case _:
                assert_never(operation)

    def _to_workload(self, operation: Exec | ReplacePods | Restart | RollBack | Scale | SetImage) -> None:
        ref = self._ref(operation.target)
        match operation:
            case Exec():
                self._exec(operation)
            case ReplacePods():
                for pod in self._pods(ref):
                    self._delete(_ref(pod))
            case Restart():
                notes = {"metadata": {"annotations": {RESTARTED: self._cluster.clock.iso()}}}
                self._patch(ref, {"spec": {"template": notes}}, operation.by, "strategic")
            case RollBack():
                self._roll_back(operation)
            case Scale():
                self._patch(ref, {"spec": {"replicas": operation.replicas}}, operation.by, "merge")
            case SetImage():
                self._set_image(operation)
            case _:
                assert_never(operation)

    def _to_object(self, operation: Apply | Reapply | Patch | Delete | Recreate | SetFlag | RecordEvent) -> None:
        match operation:
            case Apply():
                self.apply(operation.manifests, operation.by)
            case Reapply():
                self.apply(self._manifests, operation.by)
            case Patch():
                self._patch(self._ref(operation.target), operation.body, operation.by, operation.type)
            case Delete():
                self._delete(self._ref(operation.target))
            case Recreate():
                self._recreate(operation)
            case SetFlag():
                self._set_flag(operation)
            case RecordEvent():
                ref = self._ref(operation.target)
                about = self._cluster.store.require(ref.kind, ref.namespace, ref.name)
                write = self._record.warning if operation.type == "Warning" else self._record.normal
                write(about, operation.reason, operation.message, operation.by)
            case _:
                assert_never(operation)

    def _exec(self, operation: Exec) -> None:
        pods = [dict(pod) for pod in self._pods(self._ref(operation.target)) if is_ready(dict(pod))]
        if not pods:
            raise BadInput(f"{operation.target} has no ready pod to run a command in; correct the scenario.")
        container = operation.container or pods[0]["spec"]["containers"][0]["name"]
        done = self._cluster.world.exec(pods[0], container, list(operation.command))
        if done.exit_code != 0:
            what = f"`{' '.join(operation.command)}` in {operation.target} ended with {done.exit_code}"
            raise BadInput(f"The command {what}: {(done.stderr or done.stdout).strip()}; correct it.")

    def _recreate(self, operation: Recreate) -> None:
        ref = self._ref(operation.target)
        old = copy_of(self._cluster.store.require(ref.kind, ref.namespace, ref.name))
        new = strategic_patch(old, operation.body, root_of(by_kind(ref.kind)))
        meta = {key: new["metadata"][key] for key in ("name", "namespace", "labels") if key in new["metadata"]}
        self._delete(ref)
        self._cluster.settle()
        self.apply([{**{k: v for k, v in new.items() if k != "status"}, "metadata": meta}], operation.by)

    def _set_flag(self, operation: SetFlag) -> None:
        ref = self._ref(operation.target)
        data = self._cluster.store.require(ref.kind, ref.namespace, ref.name).get("data") or {}
        try:
            flags = json.loads(data.get(operation.key, "{}"))
            flag = flags.get("flags", {}).get(operation.flag)
        except (ValueError, AttributeError) as error:
            raise BadInput(f"{operation.key} of {ref} holds no flags; correct the scenario.") from error
        if flag is None or operation.variant not in flag["variants"]:
            what = f"a flag {operation.flag} with the variant {operation.variant}"
            raise BadInput(f"{ref} has no {what} under {operation.key}; correct the scenario.")
        flag["defaultVariant"] = operation.variant
        self._patch(ref, {"data": {operation.key: json.dumps(flags, indent=2)}}, operation.by, "merge")

    def _set_image(self, operation: SetImage) -> None:
        ref = self._ref(operation.target)
        spec = self._cluster.store.require(ref.kind, ref.namespace, ref.name)["spec"]["template"]["spec"]
        for group in ("containers", "initContainers"):
            if any(container["name"] == operation.container for container in spec.get(group) or ()):
                change = {group: [{"name": operation.container, "image": operation.image}]}
                self._patch(ref, {"spec": {"template": {"spec": change}}}, operation.by, "strategic")
                return
        raise BadInput(f"{ref} has no container {operation.container}; name one that it has.")

    def _roll_back(self, operation: RollBack) -> None:
        ref = self._ref(operation.target)
        owned = sorted(self._replica_sets(ref), key=lambda found: int(found["metadata"]["annotations"][REVISION]))
        if len(owned) < 2:
            raise BadInput(f"{ref} has no earlier revision; give the scenario a history.")
        template = copy_of(owned[-2]["spec"]["template"])
        template["metadata"]["labels"].pop("pod-template-hash", None)
        change = [{"op": "replace", "path": "/spec/template", "value": template}]
        self._patch(ref, change, operation.by, "json")

    def _replica_sets(self, ref: Ref) -> list[Any]:
        found = self._cluster.store.list("ReplicaSet", ref.namespace)
        owner = self._cluster.store.require(ref.kind, ref.namespace, ref.name)["metadata"]["uid"]
        return [
            obj for obj in found if any(o["uid"] == owner for o in obj["metadata"].get("ownerReferences") or ())
        ]

    def _pods(self, workload: Ref) -> list[Json]:
        kinds = ("Pod", "ReplicaSet")
        objects = {_ref(obj): obj for k in kinds for obj in self._cluster.store.list(k, workload.namespace)}
        return View(self._cluster.clock.now(), objects, {}).pods_of(workload)

    def _delete(self, ref: Ref) -> None:
        self._cluster.store.delete(ref.kind, ref.namespace, ref.name)

    def _patch(self, ref: Ref, body: Any, by: str, form: str) -> None:
        cluster, schema = self._cluster, root_of(by_kind(ref.kind))
        with cluster.store.lock:
            old = cluster.store.require(ref.kind, ref.namespace, ref.name)
            match form:
                case "json":
                    new = json_patch(copy_of(old), body)
                case "merge":
                    new = merge_patch(copy_of(old), body)
                case _:
                    new = strategic_patch(copy_of(old), body, schema)
            admitted = cluster.world.admit(ref.kind, new, "UPDATE", False)
            admitted["metadata"]["managedFields"] = after_update(old, admitted, schema, by, cluster.clock.iso())
            cluster.store.update(ref.kind, admitted)

    def _ref(self, target: str) -> Ref:
        return ref_of(target, self._namespace)


def _ref(obj: Any) -> Ref:
    meta = obj["metadata"]
    return Ref(kind=obj["kind"], name=meta["name"], namespace=meta.get("namespace"))


def _with_last_applied(manifest: Manifest) -> Manifest:
    """As client-side apply leaves it; secrets and nodes come from elsewhere, and carry no copy of themselves."""
    if manifest["kind"] in ("Secret", "Node", "Namespace"):
        return manifest
    told = json.dumps(manifest, separators=(",", ":"), sort_keys=True) + "\n"
    meta = manifest["metadata"]
    return {
        **manifest,
        "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), LAST_APPLIED: told}},
    }
