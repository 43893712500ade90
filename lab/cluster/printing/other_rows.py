"""The cells of configuration, storage, access and nodes (kubernetes/pkg/printers/internalversion, 1.33)."""

from collections.abc import Callable
from typing import Final

from lab.cluster.ports import Object
from lab.cluster.printing.cells import Cells, Printer, age
from lab.cluster.printing.humanize import NONE

MODES: Final = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _node(obj: Object, now: float) -> Cells:
    status = obj.get("status") or {}
    ready = next((c["status"] for c in status.get("conditions") or () if c["type"] == "Ready"), None)
    word = {"True": "Ready", None: "Unknown"}.get(ready, "NotReady")
    word += ",SchedulingDisabled" if obj["spec"].get("unschedulable") else ""
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key[len(prefix) :] for key in obj["metadata"].get("labels") or () if key.startswith(prefix))
    inside = next((a["address"] for a in status.get("addresses") or () if a["type"] == "InternalIP"), NONE)
    info = status.get("nodeInfo") or {}
    system = [info.get(field, "") for field in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    head = [word, ",".join(roles) or NONE, age(obj, now), info.get("kubeletVersion", "")]
    return [*head, inside, NONE, *system]


def _claim(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    word = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    size = (status.get("capacity") or {}).get("storage", "")
    modes = ",".join(MODES.get(mode, mode) for mode in status.get("accessModes") or ())
    head = [word, spec.get("volumeName", ""), size, modes, spec.get("storageClassName", ""), "<unset>"]
    return [*head, age(obj, now), spec.get("volumeMode", "Filesystem")]


def _volume(obj: Object, now: float) -> Cells:
    spec, claim = obj["spec"], obj["spec"].get("claimRef")
    bound = f"{claim['namespace']}/{claim['name']}" if claim else ""
    modes = ",".join(MODES.get(mode, mode) for mode in spec.get("accessModes") or ())
    head = [spec["capacity"].get("storage", ""), modes, spec.get("persistentVolumeReclaimPolicy", "Retain")]
    phase, storage_class = (obj.get("status") or {}).get("phase", ""), spec.get("storageClassName", "")
    return [
        *head,
        phase,
        bound,
        storage_class,
        "<unset>",
        "",
        age(obj, now),
        spec.get("volumeMode", "Filesystem"),
    ]


def _storage_class(obj: Object, now: float) -> Cells:
    policy, mode = obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate")
    return [obj["provisioner"], policy, mode, bool(obj.get("allowVolumeExpansion")), age(obj, now)]


def _counted(*fields: str) -> Callable[[Object, float], Cells]:
    """Cells of a kind that shows how many entries some of its fields have."""
    return lambda obj, now: [sum(len(obj.get(field) or ()) for field in fields), age(obj, now)]


def _secret(obj: Object, now: float) -> Cells:
    return [obj.get("type", "Opaque"), len(obj.get("data") or ()), age(obj, now)]


def _namespace(obj: Object, now: float) -> Cells:
    return [(obj.get("status") or {}).get("phase", "Active"), age(obj, now)]


def _quota(obj: Object, now: float) -> Cells:
    used = (obj.get("status") or {}).get("used") or {}
    lines = {
        key: f"{key}: {used.get(key, 0)}/{hard}" for key, hard in sorted((obj["spec"].get("hard") or {}).items())
    }
    requests = ", ".join(line for key, line in lines.items() if not key.startswith("limits."))
    limits = ", ".join(line for key, line in lines.items() if key.startswith("limits."))
    return [requests, limits, age(obj, now)]


def _budget(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    allowed = (obj.get("status") or {}).get("disruptionsAllowed", 0)
    return [spec.get("minAvailable", "N/A"), spec.get("maxUnavailable", "N/A"), allowed, age(obj, now)]


def _binding(obj: Object, now: float) -> Cells:
    role, subjects = obj["roleRef"], obj.get("subjects") or ()

    def named(kind: str) -> str:
        return ", ".join(
            f"{s['namespace']}/{s['name']}" if s.get("namespace") else s["name"]
            for s in subjects
            if s["kind"] == kind
        )

    who = [named(kind) for kind in ("User", "Group", "ServiceAccount")]
    return [f"{role['kind']}/{role['name']}", age(obj, now), *who]


def _created(obj: Object, now: float) -> Cells:
    return [obj["metadata"].get("creationTimestamp")]


def _priority(obj: Object, now: float) -> Cells:
    policy = obj.get("preemptionPolicy", "PreemptLowerPriority")
    return [obj["value"], bool(obj.get("globalDefault")), age(obj, now), policy]


def _lease(obj: Object, now: float) -> Cells:
    return [(obj.get("spec") or {}).get("holderIdentity", ""), age(obj, now)]


def _experiment(obj: Object, now: float) -> Cells:
    """The columns of its CustomResourceDefinition, which has no age among them."""
    spec = obj.get("spec") or {}
    return [spec.get("action", ""), spec.get("duration", "")]


PRINTERS: Final[dict[str, Printer]] = {
    "Node": (
        (
            *("Status", "Roles", "Age", "Version", "Internal-IP*", "External-IP*"),
            *("OS-Image*", "Kernel-Version*", "Container-Runtime*"),
        ),
        _node,
    ),
    "PersistentVolumeClaim": (
        (
            *("Status", "Volume", "Capacity", "Access Modes", "StorageClass"),
            *("VolumeAttributesClass", "Age", "VolumeMode*"),
        ),
        _claim,
    ),
    "PersistentVolume": (
        (
            *("Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass"),
            *("VolumeAttributesClass", "Reason", "Age", "VolumeMode*"),
        ),
        _volume,
    ),
    "StorageClass": (
        ("Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"),
        _storage_class,
    ),
    "ConfigMap": (("Data", "Age"), _counted("data", "binaryData")),
    "Secret": (("Type", "Data", "Age"), _secret),
    "ServiceAccount": (("Secrets", "Age"), _counted("secrets")),
    "Namespace": (("Status", "Age"), _namespace),
    "ResourceQuota": (("Request", "Limit", "Age"), _quota),
    "PodDisruptionBudget": (("Min Available", "Max Unavailable", "Allowed Disruptions", "Age"), _budget),
    "Role": (("Created At",), _created),
    "ClusterRole": (("Created At",), _created),
    "RoleBinding": (("Role", "Age", "Users*", "Groups*", "ServiceAccounts*"), _binding),
    "ClusterRoleBinding": (("Role", "Age", "Users*", "Groups*", "ServiceAccounts*"), _binding),
    "LimitRange": (("Created At",), _created),
    "PriorityClass": (("Value", "Global-Default", "Age", "PreemptionPolicy"), _priority),
    "Lease": (("Holder", "Age"), _lease),
    "PodChaos": (("Action", "Duration"), _experiment),
    "NetworkChaos": (("Action", "Duration"), _experiment),
}
