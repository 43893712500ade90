"""Carry operations out on a cluster, through the code that serves the API, so that the record looks real."""

import json
from collections.abc import Iterable
from typing import Any, Final, assert_never

import orjson

from domain.cluster import Ref
from domain.errors import BadInput
from lab.cluster.api import deletes, patching, writes
from lab.cluster.api.request import Request, Target
from lab.cluster.behaviour import Behaviour, Behaviours
from lab.cluster.errors import ApiError
from lab.cluster.resources import by_kind
from lab.cluster.server import Cluster
from lab.cluster.users import ADMIN, MASTERS, User
from lab.operations import (
    Apply,
    Behave,
    Delete,
    Operation,
    Patch,
    ReplacePods,
    Restart,
    RollBack,
    Scale,
    SetImage,
)
from lab.targets import Manifest, ref_of
from lab.view import View

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
REVISION: Final = "deployment.kubernetes.io/revision"
MEDIA_TYPES: Final = {
    "strategic": patching.STRATEGIC_PATCH,
    "merge": patching.MERGE_PATCH,
    "json": patching.JSON_PATCH,
}


class Hands:
    """Somebody with every right, whose doings are not the agent's: they are in no audit list."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    def perform(self, operation: Operation) -> None:
        """Do one operation now. Raises BadInput when the API server refuses it."""
        try:
            self._perform(operation)
        except ApiError as error:
            what = f"{operation.op} at {operation.at:g} s"
            raise BadInput(f"The operation {what} was refused: {error.message}; correct the scenario.") from error

    def apply(self, manifests: Iterable[Manifest], by: str) -> None:
        """Create each object, or merge it into the one that is there, as `kubectl apply` does."""
        for manifest in manifests:
            namespace = manifest["metadata"].get("namespace", self._namespace)
            ref = ref_of(f"{manifest['kind']}/{manifest['metadata']['name']}", namespace)
            wanted = _with_last_applied(manifest)
            if self._cluster.store.get(ref.kind, ref.namespace, ref.name) is None:
                request, target = self._request(ref, by, wanted)
                writes.created(self._cluster.kernel, request, target, wanted)
            else:
                self._patch(ref, wanted, by, "strategic")

    def _perform(self, operation: Operation) -> None:
        match operation:
            case Apply():
                self.apply(operation.manifests, operation.by)
            case Patch():
                self._patch(self._ref(operation.target), operation.body, operation.by, operation.type)
            case Delete():
                request, target = self._request(self._ref(operation.target), operation.by, {})
                deletes.delete(self._cluster.kernel, request, target)
            case Scale():
                body = {"spec": {"replicas": operation.replicas}}
                self._patch(self._ref(operation.target), body, operation.by, "merge")
            case SetImage():
                self._set_image(operation)
            case RollBack():
                self._roll_back(operation)
            case Restart():
                notes = {"metadata": {"annotations": {RESTARTED: self._cluster.clock.iso()}}}
                self._patch(self._ref(operation.target), {"spec": {"template": notes}}, operation.by, "strategic")
            case ReplacePods():
                self._replace_pods(operation)
            case Behave():
                told = Behaviour.model_validate({**operation.behaviour, "image": operation.image})
                self._cluster.behave(Behaviours(behaviours=(told,)))
            case _:
                assert_never(operation)

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
        template = json.loads(json.dumps(owned[-2]["spec"]["template"]))
        template["metadata"]["labels"].pop("pod-template-hash", None)
        change = [{"op": "replace", "path": "/spec/template", "value": template}]
        self._patch(ref, change, operation.by, "json")

    def _replica_sets(self, ref: Ref) -> list[Any]:
        found = self._cluster.store.list("ReplicaSet", ref.namespace)
        owner = self._cluster.store.require(ref.kind, ref.namespace, ref.name)["metadata"]["uid"]
        return [
            obj for obj in found if any(o["uid"] == owner for o in obj["metadata"].get("ownerReferences") or ())
        ]

    def _replace_pods(self, operation: ReplacePods) -> None:
        ref = self._ref(operation.target)
        kinds = ("Pod", "ReplicaSet")
        objects = {_ref(obj): obj for kind in kinds for obj in self._cluster.store.list(kind, ref.namespace)}
        for pod in View(self._cluster.clock.now(), objects, {}).pods_of(ref):
            request, target = self._request(_ref(pod), operation.by, {})
            deletes.delete(self._cluster.kernel, request, target)

    def _patch(self, ref: Ref, body: object, by: str, form: str) -> None:
        request, target = self._request(ref, by, body, MEDIA_TYPES[form])
        patching.patch(self._cluster.kernel, request, target)

    def _ref(self, target: str) -> Ref:
        return ref_of(target, self._namespace)

    def _request(
        self, ref: Ref, by: str, body: object, media_type: str = "application/json"
    ) -> tuple[Request, Target]:
        target = Target(by_kind(ref.kind), ref.namespace or "", ref.name)
        headers, query = {"content-type": media_type}, {"fieldManager": by}
        return Request("", "", query, headers, orjson.dumps(body), User(ADMIN, (MASTERS,))), target


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
