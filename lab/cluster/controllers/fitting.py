"""Whether a pod fits a node, in the order and words of the scheduler's filter plugins."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lab.cluster.controllers.loads import NodeLoad, host_ports
from lab.cluster.index import Index
from lab.cluster.matching import fits_node, labels_of, selects, tolerates
from lab.cluster.pods import is_over
from lab.cluster.ports import Object
from lab.cluster.quantity import milli, whole
from lab.cluster.store import Store
from lab.cluster.texts import Text, Texts

HOSTNAME = "kubernetes.io/hostname"


@dataclass(frozen=True)
class Unfit:
    """Why a node does not do."""

    reasons: tuple[str, ...]
    helpless: bool
    """Whether no preemption could help (UnschedulableAndUnresolvable)."""


class Fitting:
    """The filter plugins."""

    def __init__(self, store: Store, index: Index, texts: Texts) -> None:
        self._store, self._index, self._texts = store, index, texts

    def unfit(self, pod: Object, requests: Counter[str], node: Object, load: NodeLoad) -> Unfit | None:
        """Why a pod does not fit the node, by the first plugin that objects; `None` when it does."""
        hard = self._first_hard_reason(pod, node)
        if hard is not None:
            return Unfit((hard,), helpless=True)
        soft = list(self._shortages(pod, requests, node, load))
        if soft:
            return Unfit(tuple(soft), helpless=False)
        topology = self._affinity_reason(pod, node)
        if topology is None:
            return None
        return Unfit((self._texts.say(topology),), helpless=topology is Text.UNFIT_POD_AFFINITY)

    def _first_hard_reason(self, pod: Object, node: Object) -> str | None:
        spec, tolerations = pod["spec"], pod["spec"].get("tolerations") or []
        cordoned = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        if node["spec"].get("unschedulable") and not tolerates(tolerations, cordoned):
            return self._texts.say(Text.UNFIT_CORDONED)
        for taint in node["spec"].get("taints") or ():
            if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerates(tolerations, taint):
                return self._texts.say(Text.UNFIT_TAINT, key=taint["key"], value=taint.get("value", ""))
        if not fits_node(spec, node):
            return self._texts.say(Text.UNFIT_SELECTOR)
        if any(not self._volume_fits(pod, volume, node) for volume in spec.get("volumes") or ()):
            return self._texts.say(Text.UNFIT_VOLUME_NODE)
        return None

    def _shortages(self, pod: Object, requests: Counter[str], node: Object, load: NodeLoad) -> Iterator[str]:
        if any(load.ports[port] for port in host_ports(pod)):
            yield self._texts.say(Text.UNFIT_PORTS)
            return
        allocatable = node.get("status", {}).get("allocatable") or {}
        if load.pods + 1 > whole(allocatable.get("pods", "110")):
            yield self._texts.say(Text.UNFIT_PODS)
        for resource, amount in sorted(requests.items()):
            if amount > 0 and load.requests[resource] + amount > milli(allocatable.get(resource, "0")):
                yield self._texts.say(Text.UNFIT_RESOURCE, resource=resource)

    def _volume_fits(self, pod: Object, volume: Object, node: Object) -> bool:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        claim = self._store.get("PersistentVolumeClaim", pod["metadata"]["namespace"], name) if name else None
        bound = (claim or {}).get("spec", {}).get("volumeName")
        held = self._store.get("PersistentVolume", None, bound) if bound else None
        required = ((held or {}).get("spec", {}).get("nodeAffinity") or {}).get("required")
        if required is None:
            return True
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
        return fits_node({"affinity": affinity}, node)

    def _affinity_reason(self, pod: Object, node: Object) -> Text | None:
        affinity = pod["spec"].get("affinity") or {}
        for term in _required(affinity, "podAntiAffinity"):
            if self._has_neighbour(pod, term, node):
                return Text.UNFIT_POD_ANTI_AFFINITY
        for term in _required(affinity, "podAffinity"):
            alone = selects(term.get("labelSelector"), labels_of(pod)) and not self._exists_anywhere(pod, term)
            if not alone and not self._has_neighbour(pod, term, node):
                return Text.UNFIT_POD_AFFINITY
        return None

    def _has_neighbour(self, pod: Object, term: Object, node: Object) -> bool:
        """Whether a pod that the term selects runs in the same part of the topology."""
        key = term.get("topologyKey", HOSTNAME)
        part = labels_of(node).get(key)
        if part is None:
            return False
        nodes = [each for each in self._store.list("Node") if labels_of(each).get(key) == part]
        return any(
            self._is_meant(pod, term, other)
            for each in nodes
            for other in self._index.pods_on(each["metadata"]["name"])
        )

    def _exists_anywhere(self, pod: Object, term: Object) -> bool:
        return any(
            self._is_meant(pod, term, other)
            for node in self._store.list("Node")
            for other in self._index.pods_on(node["metadata"]["name"])
        )

    @staticmethod
    def _is_meant(pod: Object, term: Object, other: Object) -> bool:
        namespaces = term.get("namespaces") or [pod["metadata"]["namespace"]]
        here = other["metadata"]["namespace"] in namespaces
        return here and not is_over(other) and selects(term.get("labelSelector"), labels_of(other))


def _required(affinity: Object, kind: str) -> list[Object]:
    terms: list[Object] = (affinity.get(kind) or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or []
    return terms
