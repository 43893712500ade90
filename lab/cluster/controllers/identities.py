"""What the pods of a StatefulSet keep over their lives: ordinals, names, hostnames, claims."""

import re

from lab.cluster.context import Context
from lab.cluster.controllers.histories import HASH_LABEL
from lab.cluster.controllers.templates import pod_of
from lab.cluster.ports import Object
from lab.cluster.store import copy_of
from lab.cluster.texts import Text

COMPONENT = "statefulset-controller"
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
INDEX_LABEL = "apps.kubernetes.io/pod-index"


def span(owner: Object) -> range:
    """The ordinals that are wanted."""
    start = int((owner["spec"].get("ordinals") or {}).get("start") or 0)
    return range(start, start + int(owner["spec"].get("replicas", 1)))


def pod_name(owner: Object, number: int) -> str:
    """`web-0`."""
    return f"{owner['metadata']['name']}-{number}"


def ordinal_of(owner: Object, pod: Object) -> int | None:
    """The ordinal in a pod's name; `None` when the name is not of the set."""
    found = re.fullmatch(re.escape(owner["metadata"]["name"]) + r"-(\d+)", pod["metadata"]["name"])
    return int(found[1]) if found else None


class Identities:
    """Makes the pods and the claims behind them."""

    def __init__(self, context: Context) -> None:
        self._store, self._texts = context.store, context.texts
        self._recorder, self._admit = context.recorder, context.admit

    def pod(self, owner: Object, template: Object, number: int, revision: str) -> Object:
        """The pod of an ordinal, not yet admitted."""
        name = pod_name(owner, number)
        labels = {HASH_LABEL: revision, POD_NAME_LABEL: name, INDEX_LABEL: str(number)}
        pod = pod_of(owner, template, name, labels)
        spec = pod["spec"]
        spec["hostname"] = name
        if owner["spec"].get("serviceName"):
            spec["subdomain"] = owner["spec"]["serviceName"]
        claims = {each["metadata"]["name"]: _claim_name(each, name) for each in _templates(owner)}
        others = [volume for volume in spec.get("volumes") or () if volume["name"] not in claims]
        own = [{"name": each, "persistentVolumeClaim": {"claimName": claims[each]}} for each in claims]
        if own or others:
            spec["volumes"] = [*own, *others]
        return pod

    def claim(self, owner: Object, number: int) -> None:
        """Make the claims of an ordinal that are not there yet. Raises ApiError."""
        namespace, pod = owner["metadata"]["namespace"], pod_name(owner, number)
        for template in _templates(owner):
            name = _claim_name(template, pod)
            if self._store.get("PersistentVolumeClaim", namespace, name) is not None:
                continue
            given = copy_of(template)
            labels = {
                **(given["metadata"].get("labels") or {}),
                **(owner["spec"]["selector"].get("matchLabels") or {}),
            }
            meta = {**given["metadata"], "name": name, "namespace": namespace, "labels": labels}
            if _policy(owner, "whenDeleted") == "Delete":
                meta["ownerReferences"] = [_loose_reference(owner)]
            body = {"metadata": meta, "spec": given["spec"]}
            self._store.create(
                "PersistentVolumeClaim", self._admit("PersistentVolumeClaim", body, "CREATE", False)
            )
            text = self._texts.say(Text.SET_CLAIM_CREATED, claim=name, name=pod, owner=owner["metadata"]["name"])
            self._recorder.normal(owner, "SuccessfulCreate", text, COMPONENT)

    def release(self, owner: Object, pod: Object) -> None:
        """Before a pod goes for good: let its claims go with it where the set says so."""
        if _policy(owner, "whenScaled") != "Delete":
            return
        for template in _templates(owner):
            place = (owner["metadata"]["namespace"], _claim_name(template, pod["metadata"]["name"]))
            claim = self._store.get("PersistentVolumeClaim", *place)
            if claim is not None:
                meta = {**claim["metadata"], "ownerReferences": [_loose_reference(pod)]}
                self._store.update("PersistentVolumeClaim", {**claim, "metadata": meta})


def _templates(owner: Object) -> list[Object]:
    found: list[Object] = owner["spec"].get("volumeClaimTemplates") or []
    return found


def _claim_name(template: Object, pod: str) -> str:
    return f"{template['metadata']['name']}-{pod}"


def _policy(owner: Object, when: str) -> str:
    return str((owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}).get(when, "Retain"))


def _loose_reference(owner: Object) -> Object:
    """An owner that takes the object along, and does not wait for it."""
    meta = owner["metadata"]
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
