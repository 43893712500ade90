"""The status of PodDisruptionBudgets (pkg/controller/disruption)."""

from collections.abc import Iterable

from lab.cluster.conditions import set_condition
from lab.cluster.context import Context, place_of
from lab.cluster.disruption import margin_of
from lab.cluster.matching import labels_of, selects
from lab.cluster.pods import is_over, is_ready
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent


class Budgets:
    """Counts what each budget protects."""

    kinds: tuple[str, ...] = ("PodDisruptionBudget", "Pod", "Deployment", "StatefulSet", "ReplicaSet", "DaemonSet")

    def __init__(self, context: Context) -> None:
        self._store, self._clock = context.store, context.clock

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The budget; those that select a pod whose health changed; all of the namespace for a workload's size."""
        if event.kind == "PodDisruptionBudget":
            yield place_of(event.obj)
            return
        is_pod = event.kind == "Pod"
        if (is_pod and not _matters(event)) or (not is_pod and not _resized(event)):
            return
        for budget in self._store.list("PodDisruptionBudget", event.obj["metadata"]["namespace"]):
            if not is_pod or selects(budget["spec"].get("selector"), labels_of(event.obj)):
                yield place_of(budget)

    def reconcile(self, key: Key) -> float | None:
        """Write one budget's status."""
        budget = self._store.get("PodDisruptionBudget", *key)
        if budget is None:
            return None
        margin, old = margin_of(self._store, budget), budget.get("status") or {}
        conditions = [dict(each) for each in old.get("conditions") or ()]
        enough = margin.allowed > 0
        reason = "SufficientPods" if enough else "InsufficientPods"
        generation = budget["metadata"].get("generation", 1)
        now = self._clock.iso()
        set_condition(conditions, "DisruptionAllowed", str(enough), now, reason, observedGeneration=generation)
        conditions = [{**each, "message": ""} for each in conditions]  # a metav1.Condition always has one
        status = {
            "observedGeneration": generation,
            "disruptionsAllowed": margin.allowed,
            "currentHealthy": margin.healthy,
            "desiredHealthy": margin.desired,
            "expectedPods": margin.expected,
            "conditions": conditions,
        }
        self._store.update_status("PodDisruptionBudget", budget, status)
        return None


def _matters(event: StoreEvent) -> bool:
    """Whether a pod came, went, or changed in what budgets count."""
    old, new = event.previous, event.obj
    if old is None or event.type == "DELETED":
        return True
    return (
        is_ready(old) != is_ready(new)
        or is_over(old) != is_over(new)
        or labels_of(old) != labels_of(new)
        or old["metadata"].get("deletionTimestamp") != new["metadata"].get("deletionTimestamp")
    )


def _resized(event: StoreEvent) -> bool:
    old, new = event.previous, event.obj
    if old is None or event.type == "DELETED":
        return True
    if event.kind == "DaemonSet":
        return bool((old.get("status") or {}) != (new.get("status") or {}))
    return bool(old["spec"].get("replicas") != new["spec"].get("replicas"))
