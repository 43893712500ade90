"""The defaults that the API server fills in, by kind (pkg/apis/*/v1/defaults.go). All are safe to repeat."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from lab.cluster.images import default_pull_policy
from lab.cluster.ports import Object

PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController")


def with_defaults(kind: str, obj: Object) -> Object:
    """Fill in what is missing, in place, and return the object."""
    if kind in _SPECS:
        _SPECS[kind](obj.setdefault("spec", {}))
    if kind in TEMPLATED:
        _pod_spec(obj["spec"].setdefault("template", {}).setdefault("spec", {}))
    match kind:
        case "Secret":
            _secret(obj)
        case "StorageClass":
            _put(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")
        case "PersistentVolume":
            _put(obj, status={"phase": "Available"})
        case "Node":
            _put(obj, spec={}, status={})
        case "Namespace":
            obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
            _put(obj, spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"})
    return obj


def _put(target: Object, **values: Any) -> None:
    for key, value in values.items():
        if target.get(key) is None:
            target[key] = value


def _secret(secret: Object) -> None:
    """What is written as text is kept as data, and replaces data of the same key."""
    _put(secret, type="Opaque")
    written = secret.pop("stringData", None) or {}
    if written:
        encoded = {key: b64encode(text.encode()).decode() for key, text in written.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}


def _deployment(spec: Object) -> None:
    _put(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.get("strategy") or {}
    spec["strategy"] = strategy
    _put(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        if strategy.get("rollingUpdate") is None:
            strategy["rollingUpdate"] = {}
        _put(strategy["rollingUpdate"], maxUnavailable="25%", maxSurge="25%")


def _replica_set(spec: Object) -> None:
    _put(spec, replicas=1)


def _daemon_set(spec: Object) -> None:
    _put(spec, revisionHistoryLimit=10)
    strategy = spec.setdefault("updateStrategy", {"type": "RollingUpdate"})
    if strategy.get("type") == "RollingUpdate":
        _put(strategy.setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)


def _job(spec: Object) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    _put(spec, parallelism=1, backoffLimit=6, completionMode="NonIndexed", suspend=False)
    _put(spec, podReplacementPolicy="TerminatingOrFailed")


def _cron_job(spec: Object) -> None:
    _put(spec, concurrencyPolicy="Allow", suspend=False)
    _put(spec, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    job = spec.setdefault("jobTemplate", {}).setdefault("spec", {})
    _pod_spec(job.setdefault("template", {}).setdefault("spec", {}))


def _autoscaler(spec: Object) -> None:
    _put(spec, minReplicas=1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def _limit_range(spec: Object) -> None:
    """A most is the default limit, a default limit the default request, and so is a least (core/v1)."""
    for item in spec.get("limits") or ():
        if item.get("type") == "Container":
            limits = {**(item.get("max") or {}), **(item.get("default") or {})}
            requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
            item |= {field: value for field, value in (("default", limits), ("defaultRequest", requests)) if value}


def _volume_claim(spec: Object) -> None:
    _put(spec, volumeMode="Filesystem")


def _volume(spec: Object) -> None:
    _put(spec, volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")


def _stateful_set(spec: Object) -> None:
    _put(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    strategy = spec.setdefault("updateStrategy", {"type": "RollingUpdate"})
    if strategy.get("type") == "RollingUpdate":
        _put(strategy.setdefault("rollingUpdate", {}), partition=0)
    _put(spec, persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"})
    for claim in spec.get("volumeClaimTemplates") or ():
        _put(claim.setdefault("spec", {}), volumeMode="Filesystem")


def _service(spec: Object) -> None:
    _put(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        _put(spec, ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack", internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _put(spec, externalTrafficPolicy="Cluster")
    for port in spec.get("ports") or ():
        _put(port, protocol="TCP", targetPort=port.get("port"))


def _network_policy(spec: Object) -> None:
    if spec.get("policyTypes") is None:
        spec["policyTypes"] = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
    for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
        for port in rule.get("ports") or ():
            _put(port, protocol="TCP")


def _pod_spec(spec: Object) -> None:
    _put(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst")
    _put(spec, schedulerName="default-scheduler", securityContext={})
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        _container(container)
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for volume in spec.get("volumes") or ():
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if volume.get(source) is not None:
                _put(volume[source], defaultMode=420)
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}


def _container(container: Object) -> None:
    _put(container, resources={}, imagePullPolicy=default_pull_policy(container.get("image") or ""))
    _put(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    limits = container["resources"].get("limits") or {}
    if limits:
        requests = container["resources"].get("requests") or {}
        container["resources"]["requests"] = {**limits, **requests}
    for port in container.get("ports") or ():
        _put(port, protocol="TCP")
    for entry in container.get("env") or ():
        reference = (entry.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            _put(reference, apiVersion="v1")
    for field in PROBES:
        if container.get(field) is not None:
            _probe(container[field])


def _probe(probe: Object) -> None:
    _put(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if probe.get("httpGet") is not None:
        _put(probe["httpGet"], scheme="HTTP", path="/")
    if probe.get("grpc") is not None:
        _put(probe["grpc"], service="")


_SPECS: Mapping[str, Callable[[Object], None]] = MappingProxyType(
    {
        "Pod": _pod_spec,
        "Deployment": _deployment,
        "ReplicaSet": _replica_set,
        "ReplicationController": _replica_set,
        "StatefulSet": _stateful_set,
        "DaemonSet": _daemon_set,
        "Job": _job,
        "CronJob": _cron_job,
        "HorizontalPodAutoscaler": _autoscaler,
        "LimitRange": _limit_range,
        "Service": _service,
        "PersistentVolumeClaim": _volume_claim,
        "PersistentVolume": _volume,
        "NetworkPolicy": _network_policy,
    }
)
