"""Persistent volumes: binding claims, and provisioning by class (pkg/controller/volume/persistentvolume)."""

from collections.abc import Iterable

from lab.cluster.context import Context, place_of
from lab.cluster.matching import labels_of, selects
from lab.cluster.ports import Object
from lab.cluster.quantity import whole
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "persistentvolume-controller"
RESYNC_SECONDS = 15.0
"""How often a claim that cannot be bound is looked at, and told about, anew."""
PROVISIONING_SECONDS = 2.0
SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""The scheduler's word that a pod waits for the claim."""
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
NO_PROVISIONER = "kubernetes.io/no-provisioner"


class Volumes:
    """Binds each claim to a volume that exists, or to one made for it."""

    kinds: tuple[str, ...] = ("PersistentVolumeClaim", "PersistentVolume", "StorageClass")

    def __init__(self, context: Context) -> None:
        self._store, self._clock = context.store, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._provisioned_at: dict[str, float] = {}
        """When the volume of a claim (by uid) will be there."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The claim; a volume or class concerns every claim that waits, a volume that goes also its own."""
        if event.kind == "PersistentVolumeClaim":
            yield place_of(event.obj)
            if event.type == "DELETED":
                yield ("", event.obj["spec"].get("volumeName") or "")
            return
        name = event.obj["metadata"]["name"]
        lost = name if (event.kind, event.type) == ("PersistentVolume", "DELETED") else None
        if event.kind == "PersistentVolume" and lost is None:
            yield ("", name)
        for claim in self._store.list("PersistentVolumeClaim"):
            bound = claim.get("status", {}).get("phase") == "Bound"
            if not bound or (lost is not None and claim["spec"].get("volumeName") == lost):
                yield place_of(claim)

    def reconcile(self, key: Key) -> float | None:
        """Bind one claim, or settle what one volume is."""
        if key[0] == "":
            self._settle(key[1])
            return None
        claim = self._store.get("PersistentVolumeClaim", *key)
        if claim is None:
            return None
        if claim.get("status", {}).get("phase") == "Bound":
            self._check_bound(claim)
            return None
        volume = self._fitting(claim)
        if volume is not None:
            self._bind(claim, volume)
            return None
        if claim.get("status", {}).get("phase") == "Lost":
            return None
        if claim.get("status", {}).get("phase") != "Pending":
            claim = self._store.update_status("PersistentVolumeClaim", claim, {"phase": "Pending"})
        return self._wait(claim)

    def _wait(self, claim: Object) -> float | None:
        name = claim["spec"].get("storageClassName")
        if not name:
            self._recorder.normal(claim, "FailedBinding", self._texts.say(Text.FAILED_BINDING), COMPONENT)
            return RESYNC_SECONDS
        kind = self._store.get("StorageClass", None, name)
        if kind is None:
            text = self._texts.say(Text.CLASS_MISSING, name=name)
            self._recorder.warning(claim, "ProvisioningFailed", text, COMPONENT)
            return RESYNC_SECONDS
        chosen = SELECTED_NODE in (claim["metadata"].get("annotations") or {})
        if kind.get("volumeBindingMode") == "WaitForFirstConsumer" and not chosen:
            text = self._texts.say(Text.WAIT_FOR_CONSUMER)
            self._recorder.normal(claim, "WaitForFirstConsumer", text, COMPONENT)
            return RESYNC_SECONDS
        if kind["provisioner"] == NO_PROVISIONER:
            self._recorder.normal(claim, "FailedBinding", self._texts.say(Text.FAILED_BINDING), COMPONENT)
            return RESYNC_SECONDS
        return self._provision(claim, kind)

    def _provision(self, claim: Object, kind: Object) -> float | None:
        uid, now, provisioner = claim["metadata"]["uid"], self._clock.now(), kind["provisioner"]
        ready_at = self._provisioned_at.get(uid)
        if ready_at is None:
            self._provisioned_at[uid] = now + PROVISIONING_SECONDS
            text = self._texts.say(Text.EXTERNAL_PROVISIONING, provisioner=provisioner)
            self._recorder.normal(claim, "ExternalProvisioning", text, COMPONENT)
            text = self._texts.say(Text.PROVISIONING, claim="/".join(place_of(claim)))
            self._recorder.normal(claim, "Provisioning", text, provisioner)
            return PROVISIONING_SECONDS
        if now < ready_at:
            return ready_at - now
        del self._provisioned_at[uid]
        volume = self._store.create("PersistentVolume", _made_for(claim, kind))
        text = self._texts.say(Text.PROVISIONED, volume=volume["metadata"]["name"])
        self._recorder.normal(claim, "ProvisioningSucceeded", text, provisioner)
        self._bind(claim, volume)
        return None

    def _fitting(self, claim: Object) -> Object | None:
        """The smallest free volume that suffices, or the one that was made for this claim."""
        spec, found = claim["spec"], []
        for volume in self._store.list("PersistentVolume"):
            reference = volume["spec"].get("claimRef")
            if reference is not None:
                if reference.get("uid") in (None, claim["metadata"]["uid"]) and _names(reference, claim):
                    return volume
                continue
            if spec.get("volumeName") not in (None, "", volume["metadata"]["name"]):
                continue
            if _suffices(volume, spec):
                found.append(volume)
        return min(found, key=lambda each: whole(each["spec"]["capacity"]["storage"]), default=None)

    def _bind(self, claim: Object, volume: Object) -> None:
        reference = {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "namespace": claim["metadata"]["namespace"],
            "name": claim["metadata"]["name"],
            "uid": claim["metadata"]["uid"],
        }
        spec = {**volume["spec"], "claimRef": reference}
        self._store.update("PersistentVolume", {**volume, "spec": spec, "status": {"phase": "Bound"}})
        name = volume["metadata"]["name"]
        annotations = {
            **(claim["metadata"].get("annotations") or {}),
            "pv.kubernetes.io/bind-completed": "yes",
            "pv.kubernetes.io/bound-by-controller": "yes",
        }
        status = {
            "phase": "Bound",
            "accessModes": claim["spec"].get("accessModes") or volume["spec"].get("accessModes"),
            "capacity": volume["spec"]["capacity"],
        }
        bound = {**claim, "metadata": {**claim["metadata"], "annotations": annotations}, "status": status}
        self._store.update("PersistentVolumeClaim", bound | {"spec": {**claim["spec"], "volumeName": name}})

    def _check_bound(self, claim: Object) -> None:
        """A claim whose volume was taken away has lost it; one that asks for more is given it by its class."""
        volume = self._store.get("PersistentVolume", None, claim["spec"].get("volumeName") or "")
        if volume is None:
            self._store.update_status("PersistentVolumeClaim", claim, {**claim["status"], "phase": "Lost"})
            self._recorder.warning(claim, "ClaimLost", self._texts.say(Text.CLAIM_LOST), COMPONENT)
            return
        wanted = (claim["spec"].get("resources") or {}).get("requests", {}).get("storage", "0")
        kind = self._store.get("StorageClass", None, claim["spec"].get("storageClassName") or "")
        if kind is None or not kind.get("allowVolumeExpansion"):
            return
        if whole(wanted) > whole((claim["status"].get("capacity") or {}).get("storage", "0")):
            self._expand(claim, volume, {"storage": wanted}, kind["provisioner"])

    def _expand(self, claim: Object, volume: Object, capacity: Object, provisioner: str) -> None:
        """Both grow while they are in use, as with a CSI driver that can do so online."""
        name = volume["metadata"]["name"]
        text = self._texts.say(Text.RESIZING, volume=name)
        self._recorder.normal(claim, "Resizing", text, f"external-resizer {provisioner}")
        self._store.update("PersistentVolume", {**volume, "spec": {**volume["spec"], "capacity": capacity}})
        self._store.update_status("PersistentVolumeClaim", claim, {**claim["status"], "capacity": capacity})
        self._recorder.normal(claim, "FileSystemResizeSuccessful", self._texts.say(Text.RESIZED), "kubelet")

    def _settle(self, name: str) -> None:
        """A volume that nobody is named on is free; one whose claim is gone is released, or deleted by policy.

        A name without a uid only reserves the volume (syncVolume).
        """
        volume = self._store.get("PersistentVolume", None, name) if name else None
        if volume is None:
            return
        reference = volume["spec"].get("claimRef")
        if reference is None or not reference.get("uid"):
            self._store.update_status("PersistentVolume", volume, {"phase": "Available"})
            return
        claim = self._store.get("PersistentVolumeClaim", reference.get("namespace"), reference.get("name", ""))
        if claim is not None and claim["metadata"]["uid"] == reference["uid"]:
            return
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self._store.delete("PersistentVolume", None, name)
        else:
            self._store.update_status("PersistentVolume", volume, {"phase": "Released"})


def _names(reference: Object, claim: Object) -> bool:
    return (reference.get("namespace"), reference.get("name")) == place_of(claim)


def _suffices(volume: Object, wanted: Object) -> bool:
    spec = volume["spec"]
    same_class = (spec.get("storageClassName") or "") == (wanted.get("storageClassName") or "")
    modes = set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ())
    size = (wanted.get("resources") or {}).get("requests", {}).get("storage", "0")
    large = whole(spec["capacity"]["storage"]) >= whole(size)
    selector = wanted.get("selector")
    return same_class and modes and large and (selector is None or selects(selector, labels_of(volume)))


def _made_for(claim: Object, kind: Object) -> Object:
    spec, name = claim["spec"], f"pvc-{claim['metadata']['uid']}"
    return {
        "metadata": {"name": name, "annotations": {PROVISIONED_BY: kind["provisioner"]}},
        "spec": {
            "capacity": {"storage": (spec.get("resources") or {}).get("requests", {}).get("storage", "1Gi")},
            "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
            "storageClassName": kind["metadata"]["name"],
            "persistentVolumeReclaimPolicy": kind.get("reclaimPolicy", "Delete"),
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "csi": {"driver": kind["provisioner"], "volumeHandle": name},
        },
        "status": {"phase": "Available"},
    }
