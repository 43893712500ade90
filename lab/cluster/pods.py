"""Questions about pods that several controllers ask."""

from collections import Counter

from lab.cluster.conditions import condition, is_true
from lab.cluster.ports import Object
from lab.cluster.quantity import milli

DEFAULT_SCHEDULER = "default-scheduler"


def is_ready(pod: Object) -> bool:
    """Whether its Ready condition is True."""
    return is_true(pod, "Ready")


def is_over(pod: Object) -> bool:
    """Whether it has run to its end."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Whether it counts for its controller: neither over nor being deleted."""
    return not is_over(pod) and "deletionTimestamp" not in pod["metadata"]


def ready_since(pod: Object) -> str | None:
    """When it last became ready; `None` while it is not."""
    ready = condition(pod.get("status", {}).get("conditions") or [], "Ready")
    return None if ready is None or ready["status"] != "True" else str(ready["lastTransitionTime"])


def controller_of(obj: Object) -> Object | None:
    """The owner reference of its controller, or `None`."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


def controller_reference(owner: Object) -> Object:
    """The reference that makes `owner` the controller of an object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def requests_of(spec: Object, which: str = "requests") -> Counter[str]:
    """A pod's requests (or limits) in thousandths: the sum of the containers, or the largest init container."""
    total: Counter[str] = Counter()
    for container in spec.get("containers") or ():
        total += _amounts(container, which)
    for container in spec.get("initContainers") or ():
        if container.get("restartPolicy") == "Always":
            total += _amounts(container, which)
            continue
        for resource, amount in _amounts(container, which).items():
            total[resource] = max(total[resource], amount)
    return total


def _amounts(container: Object, which: str) -> Counter[str]:
    amounts = (container.get("resources") or {}).get(which) or {}
    return Counter({resource: milli(text) for resource, text in amounts.items()})


def qos_class(spec: Object) -> str:
    """BestEffort, Burstable or Guaranteed."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    resources = [container.get("resources") or {} for container in containers]
    if not any(each.get("requests") or each.get("limits") for each in resources):
        return "BestEffort"
    for each in resources:
        limits, requests = each.get("limits") or {}, each.get("requests") or {}
        if not {"cpu", "memory"} <= limits.keys():
            return "Burstable"
        if any(milli(requests.get(name, limits[name])) != milli(limits[name]) for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"


def port_named(pod_spec: Object, port: int | str) -> int | None:
    """The number of a container port given by number or name; `None` when no container names it."""
    if isinstance(port, int):
        return port
    for container in pod_spec.get("containers") or ():
        for each in container.get("ports") or ():
            if each.get("name") == port:
                return int(each["containerPort"])
    return None
