"""What of the real nodes decides where pods may run, laid on the lab's own nodes."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from domain.base import Json
from lab.capture.seen import Seen, inner
from lab.targets import Manifest

LAB_NODES: Final = ("node-1", "node-2", "node-3")
"""Of `lab.cluster.defaults`."""


def nodes(seen: Seen, pod_specs: Iterable[Json]) -> Iterator[Manifest]:
    """The lab's nodes with the labels that pods ask for and the taints; many real nodes share one of the lab's.

    A taint stays away from a node that stands for several, or it would keep pods off that run in reality.
    """
    asked = {key for spec in pod_specs for key in _keys(spec)}
    real = seen.of("Node")
    for number, name in enumerate(LAB_NODES):
        group = real[number :: len(LAB_NODES)]
        own = asked if len(group) == 1 else asked - {"kubernetes.io/hostname"}
        labels = {k: v for node in group for k, v in (node["metadata"].get("labels") or {}).items() if k in own}
        taints = [t for node in group for t in _taints(node)] if len(group) == 1 else []
        if labels or taints:
            spec: dict[str, Any] = {"taints": taints} if taints else {}
            meta = {"name": name, "labels": labels}
            yield {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec}


def _taints(node: Json) -> list[Json]:
    """Those that people set."""
    given = inner(node, "spec", "taints") or ()
    return [taint for taint in given if not taint["key"].startswith("node.kubernetes.io/")]


def _keys(spec: Json) -> Iterator[str]:
    """Labels of nodes that a pod selects by."""
    yield from spec.get("nodeSelector") or ()
    affinity = inner(spec, "affinity", "nodeAffinity") or {}
    required = inner(affinity, "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms") or ()
    for term in required:
        for rule in term.get("matchExpressions") or ():
            yield rule["key"]
    for constraint in spec.get("topologySpreadConstraints") or ():
        yield constraint["topologyKey"]
