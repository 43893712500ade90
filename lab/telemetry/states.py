"""Which series of kube-state-metrics an object has: names, labels and values as that project documents them."""

from collections.abc import Callable, Iterator

from lab.cluster.ports import Object
from lab.cluster.quantity import BadQuantity, milli

Sample = tuple[dict[str, str], float]
PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
UNITS = {"cpu": "core", "memory": "byte"}


def _named(name: str, obj: Object, key: str, **labels: str) -> dict[str, str]:
    meta = obj["metadata"]
    place = {"namespace": meta["namespace"]} if "namespace" in meta else {}
    return {"__name__": name, **place, key: meta["name"], **labels}


def _pod(pod: Object) -> Iterator[Sample]:
    status = pod.get("status", {})
    owner: Object = next(iter(pod["metadata"].get("ownerReferences") or ()), {})
    yield (
        _named(
            "kube_pod_info",
            pod,
            "pod",
            node=pod["spec"].get("nodeName") or "",
            pod_ip=status.get("podIP") or "",
            created_by_kind=owner.get("kind", ""),
            created_by_name=owner.get("name", ""),
        ),
        1,
    )
    for phase in PHASES:
        yield _named("kube_pod_status_phase", pod, "pod", phase=phase), float(status.get("phase") == phase)
    ready = _conditions(pod).get("Ready", "False")
    for answer in ("true", "false", "unknown"):
        labels = _named("kube_pod_status_ready", pod, "pod", condition=answer)
        yield labels, float(ready.lower() == answer)
    for container in pod["spec"]["containers"]:
        yield from _amounts(pod, container)
    for container in status.get("containerStatuses") or ():
        yield from _container(pod, container)


def _container(pod: Object, status: Object) -> Iterator[Sample]:
    def labels(name: str, **more: str) -> dict[str, str]:
        return _named(f"kube_pod_container_status_{name}", pod, "pod", container=status["name"], **more)

    state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated")
    yield labels("restarts_total"), float(status.get("restartCount", 0))
    yield labels("ready"), float(bool(status.get("ready")))
    yield labels("running"), float("running" in state)
    for phase in ("waiting", "terminated"):
        yield labels(phase), float(phase in state)
        if phase in state and state[phase].get("reason"):
            yield labels(f"{phase}_reason", reason=state[phase]["reason"]), 1
    if last is not None:
        yield labels("last_terminated_reason", reason=last.get("reason") or "Error"), 1
        yield labels("last_terminated_exitcode"), float(last.get("exitCode", 0))


def _amounts(pod: Object, container: Object) -> Iterator[Sample]:
    for which in ("requests", "limits"):
        for resource, text in ((container.get("resources") or {}).get(which) or {}).items():
            try:
                amount = milli(text) / 1000
            except BadQuantity:
                continue
            more = {"container": container["name"], "resource": resource, "unit": UNITS.get(resource, "integer")}
            yield _named(f"kube_pod_container_resource_{which}", pod, "pod", **more), amount


def _deployment(obj: Object) -> Iterator[Sample]:
    status = obj.get("status", {})
    yield _named("kube_deployment_spec_replicas", obj, "deployment"), float(obj["spec"].get("replicas", 1))
    for name, field in (
        ("replicas", "replicas"),
        ("replicas_available", "availableReplicas"),
        ("replicas_ready", "readyReplicas"),
        ("replicas_unavailable", "unavailableReplicas"),
        ("replicas_updated", "updatedReplicas"),
    ):
        yield _named(f"kube_deployment_status_{name}", obj, "deployment"), float(status.get(field) or 0)


def _stateful_set(obj: Object) -> Iterator[Sample]:
    status = obj.get("status", {})
    yield _named("kube_statefulset_replicas", obj, "statefulset"), float(obj["spec"].get("replicas", 1))
    for name, field in (("replicas", "replicas"), ("replicas_ready", "readyReplicas")):
        yield _named(f"kube_statefulset_status_{name}", obj, "statefulset"), float(status.get(field) or 0)


def _daemon_set(obj: Object) -> Iterator[Sample]:
    status = obj.get("status", {})
    for name, field in (
        ("desired_number_scheduled", "desiredNumberScheduled"),
        ("number_ready", "numberReady"),
        ("number_unavailable", "numberUnavailable"),
    ):
        yield _named(f"kube_daemonset_status_{name}", obj, "daemonset"), float(status.get(field) or 0)


def _job(obj: Object) -> Iterator[Sample]:
    for field in ("active", "succeeded", "failed"):
        amount = obj.get("status", {}).get(field) or 0
        yield _named(f"kube_job_status_{field}", obj, "job_name"), float(amount)


def _autoscaler(obj: Object) -> Iterator[Sample]:
    prefix, key = "kube_horizontalpodautoscaler", "horizontalpodautoscaler"
    spec, status = obj["spec"], obj.get("status", {})
    yield _named(f"{prefix}_spec_max_replicas", obj, key), float(spec.get("maxReplicas") or 0)
    yield _named(f"{prefix}_spec_min_replicas", obj, key), float(spec.get("minReplicas") or 1)
    yield _named(f"{prefix}_status_current_replicas", obj, key), float(status.get("currentReplicas") or 0)
    yield _named(f"{prefix}_status_desired_replicas", obj, key), float(status.get("desiredReplicas") or 0)


def _endpoints(obj: Object) -> Iterator[Sample]:
    subsets = obj.get("subsets") or ()
    for name, field in (("available", "addresses"), ("not_available", "notReadyAddresses")):
        amount = sum(len(subset.get(field) or ()) for subset in subsets)
        yield _named(f"kube_endpoint_address_{name}", obj, "endpoint"), float(amount)


def _claim(obj: Object) -> Iterator[Sample]:
    for phase in ("Lost", "Bound", "Pending"):
        labels = _named("kube_persistentvolumeclaim_status_phase", obj, "persistentvolumeclaim", phase=phase)
        yield labels, float(obj.get("status", {}).get("phase") == phase)


def _node(obj: Object) -> Iterator[Sample]:
    yield _named("kube_node_info", obj, "node"), 1
    yield _named("kube_node_spec_unschedulable", obj, "node"), float(bool(obj["spec"].get("unschedulable")))
    for condition, status in _conditions(obj).items():
        for answer in ("true", "false", "unknown"):
            labels = _named("kube_node_status_condition", obj, "node", condition=condition, status=answer)
            yield labels, float(status.lower() == answer)


def _service(obj: Object) -> Iterator[Sample]:
    yield _named("kube_service_info", obj, "service", cluster_ip=obj["spec"].get("clusterIP") or ""), 1


def _conditions(obj: Object) -> dict[str, str]:
    return {each["type"]: each["status"] for each in obj.get("status", {}).get("conditions") or ()}


STATES: dict[str, Callable[[Object], Iterator[Sample]]] = {
    "Pod": _pod,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "HorizontalPodAutoscaler": _autoscaler,
    "Endpoints": _endpoints,
    "PersistentVolumeClaim": _claim,
    "Node": _node,
    "Service": _service,
}
"""By kind."""
