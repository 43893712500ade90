"""What counts against a ResourceQuota, shared by its admission and its status."""

from collections import Counter
from collections.abc import Iterable

from lab.cluster.pods import is_over, qos_class, requests_of
from lab.cluster.ports import Object
from lab.cluster.quantity import milli
from lab.cluster.store import Store

COUNTED: dict[str, str] = {
    "services": "Service",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "replicationcontrollers": "ReplicationController",
    "resourcequotas": "ResourceQuota",
    "count/pods": "Pod",
    "count/services": "Service",
    "count/configmaps": "ConfigMap",
    "count/secrets": "Secret",
    "count/persistentvolumeclaims": "PersistentVolumeClaim",
    "count/deployments.apps": "Deployment",
    "count/replicasets.apps": "ReplicaSet",
    "count/statefulsets.apps": "StatefulSet",
    "count/jobs.batch": "Job",
    "count/cronjobs.batch": "CronJob",
}
"""Quota names that count objects, with their kinds."""
COMPUTE = ("cpu", "memory", "ephemeral-storage")


def cost(kind: str, obj: Object) -> Counter[str]:
    """What one object takes, by quota name, in thousandths."""
    found: Counter[str] = Counter({name: 1000 for name, counted in COUNTED.items() if counted == kind})
    if kind == "Pod":
        found += _pod_cost(obj["spec"])
    if kind == "Service":
        spec = obj["spec"]
        found["services.nodeports"] = 1000 * sum("nodePort" in port for port in spec.get("ports") or ())
        found["services.loadbalancers"] = 1000 * (spec.get("type") == "LoadBalancer")
    if kind == "PersistentVolumeClaim":
        requests = (obj["spec"].get("resources") or {}).get("requests") or {}
        found["requests.storage"] = milli(requests.get("storage", "0"))
    return found


def _pod_cost(spec: Object) -> Counter[str]:
    found: Counter[str] = Counter(pods=1000)
    for which in ("requests", "limits"):
        for resource, amount in requests_of(spec, which).items():
            found[f"{which}.{resource}"] = amount
            if which == "requests" and resource in COMPUTE:
                found[resource] = amount
    return found


def used(store: Store, quota: Object) -> Counter[str]:
    """What is taken of a quota's names, in thousandths."""
    namespace, total = quota["metadata"]["namespace"], Counter[str]()
    names = set(quota["spec"].get("hard") or {})
    for kind in kinds_of(names):
        for obj in store.list(kind, namespace):
            if kind != "Pod" or (not is_over(obj) and in_scope(quota, obj)):
                total += cost(kind, obj)
    return Counter({name: total[name] for name in names})


def kinds_of(names: Iterable[str]) -> list[str]:
    """The kinds that quota names concern."""
    found = set()
    for name in names:
        if name in COUNTED:
            found.add(COUNTED[name])
        elif name.startswith("services."):
            found.add("Service")
        elif name == "requests.storage":
            found.add("PersistentVolumeClaim")
        else:
            found.add("Pod")
    return sorted(found)


def in_scope(quota: Object, pod: Object) -> bool:
    """Whether a quota's scopes cover a pod."""
    best_effort = qos_class(pod["spec"]) == "BestEffort"
    terminating = pod["spec"].get("activeDeadlineSeconds") is not None
    holds = {
        "BestEffort": best_effort,
        "NotBestEffort": not best_effort,
        "Terminating": terminating,
        "NotTerminating": not terminating,
    }
    return all(holds.get(scope, True) for scope in quota["spec"].get("scopes") or ())
