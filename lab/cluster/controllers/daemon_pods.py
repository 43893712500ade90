"""Which nodes a daemon pod fits, and the pod that is made for one of them (pkg/controller/daemon/util)."""

from enum import StrEnum

from lab.cluster.controllers.histories import HASH_LABEL
from lab.cluster.controllers.templates import pod_of
from lab.cluster.matching import fits_node, tolerates
from lab.cluster.ports import Object
from lab.cluster.store import StoreEvent

TOLERATED = (
    *(("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute")),
    *(("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule")),
    *(("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule")),
)
"""Taints that keep no daemon away."""
HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


class Fit(StrEnum):
    """What a node is to a DaemonSet."""

    RUN = "run"
    STAY = "stay"
    """No new pod, but one that is there may remain."""
    NEVER = "never"


def fit_of(spec: Object, node: Object) -> Fit:
    """Whether a daemon pod of this template belongs on the node."""
    if not fits_node(spec, node):
        return Fit.NEVER
    tolerations = _tolerations(spec)
    taints = [each for each in node["spec"].get("taints") or () if not tolerates(tolerations, each)]
    if any(each["effect"] == "NoExecute" for each in taints):
        return Fit.NEVER
    return Fit.STAY if any(each["effect"] == "NoSchedule" for each in taints) else Fit.RUN


def bound_to(owner: Object, name: str, node: str, revision: str) -> Object:
    """The pod for a node: the scheduler is left no other choice."""
    labels = {HASH_LABEL: revision, "pod-template-generation": str(owner["metadata"].get("generation", 1))}
    pod = pod_of(owner, owner["spec"]["template"], name, labels)
    spec = pod["spec"]
    spec["tolerations"] = _tolerations(spec)
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": [term]}
    return pod


def node_of(pod: Object) -> str:
    """The node a daemon pod runs on, or was made for."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for each in term.get("matchFields") or ():
            return str(each["values"][0])
    return ""


def node_matters(event: StoreEvent) -> bool:
    """Whether a node's change can move daemons."""
    if event.type != "MODIFIED" or event.previous is None:
        return True
    old, new = event.previous, event.obj
    return bool(
        old["metadata"].get("labels") != new["metadata"].get("labels") or old.get("spec") != new.get("spec")
    )


def _tolerations(spec: Object) -> list[Object]:
    own: list[Object] = list(spec.get("tolerations") or ())
    more = [*TOLERATED, *([HOST_NETWORK] if spec.get("hostNetwork") else ())]
    given = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in more]
    return [*own, *(each for each in given if each not in own)]
