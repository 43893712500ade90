"""How many pods a PodDisruptionBudget wants to keep, for its status and for evictions (controller/disruption)."""

import math
from dataclasses import dataclass

from lab.cluster.matching import labels_of, selects
from lab.cluster.pods import controller_of, is_over, is_ready
from lab.cluster.ports import Object
from lab.cluster.store import Store


@dataclass(frozen=True)
class Margin:
    """The pods behind a budget, counted."""

    expected: int
    """Pods there should be."""
    healthy: int
    desired: int
    """Healthy pods there must be."""

    @property
    def allowed(self) -> int:
        """How many may be evicted now."""
        return max(0, self.healthy - self.desired) if self.expected else 0


def margin_of(store: Store, budget: Object) -> Margin:
    """Count the pods that a budget protects."""
    spec, namespace = budget["spec"], budget["metadata"]["namespace"]
    pods = [
        pod
        for pod in store.list("Pod", namespace)
        if selects(spec.get("selector"), labels_of(pod)) and not is_over(pod)
    ]
    healthy = sum(is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in pods)
    if isinstance(spec.get("minAvailable"), int):
        return Margin(len(pods), healthy, spec["minAvailable"])
    expected = _expected(store, pods)
    if spec.get("minAvailable") is not None:
        return Margin(expected, healthy, _share(spec["minAvailable"], expected))
    lost = _share(spec.get("maxUnavailable", 0), expected)
    return Margin(expected, healthy, max(0, expected - lost))


def _expected(store: Store, pods: list[Object]) -> int:
    """The sum of the replicas that the pods' controllers want; a pod without one counts for itself."""
    total, seen = 0, set[str]()
    for pod in pods:
        owner = controller_of(pod)
        if owner is None:
            total += 1
        elif owner["uid"] not in seen:
            seen.add(owner["uid"])
            total += _replicas(store, pod["metadata"]["namespace"], owner)
    return total


def _replicas(store: Store, namespace: str, reference: Object) -> int:
    """Of a controller, or of the one above it."""
    held = store.get(reference["kind"], namespace, reference["name"])
    if held is None:
        return 1
    above = controller_of(held)
    if above is not None:
        return _replicas(store, namespace, above)
    if held["kind"] == "DaemonSet":
        return int((held.get("status") or {}).get("desiredNumberScheduled", 0))
    return int(held["spec"].get("replicas", 1))


def _share(value: int | str, whole: int) -> int:
    """A count, or a percentage of `whole` rounded up."""
    return value if isinstance(value, int) else math.ceil(int(value.rstrip("%")) * whole / 100)
