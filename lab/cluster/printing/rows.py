"""The cells of each kind, without the name (kubernetes/pkg/printers/internalversion, 1.33)."""

from collections.abc import Callable
from typing import Any, Final

from lab.cluster.ports import Object
from lab.cluster.printing.humanize import NONE, epoch, first_few, pairs, selector, since
from lab.cluster.printing.pod_state import pod_state

Cells = list[Any]
MODES: Final = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _age(obj: Object, now: float) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def _images(template: Object) -> Cells:
    containers = template["spec"]["containers"]
    return [",".join(c["name"] for c in containers), ",".join(c["image"] for c in containers)]


def _pod(pod: Object, now: float) -> Cells:
    state, status = pod_state(pod), pod.get("status") or {}
    ago = f" ({since(state.restarted_at, now)} ago)" if state.restarts and state.restarted_at else ""
    where = [status.get("podIP") or NONE, pod["spec"].get("nodeName") or NONE]
    nominated = status.get("nominatedNodeName") or NONE
    ready = f"{state.ready}/{state.total}"
    return [ready, state.status, f"{state.restarts}{ago}", _age(pod, now), *where, nominated, NONE]


def _deployment(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    counts = [status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    return [ready, *counts, _age(obj, now), *_images(spec["template"]), selector(spec["selector"])]


def _replica_set(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    counts = [spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [*counts, _age(obj, now), *_images(spec["template"]), selector(spec["selector"])]


def _stateful_set(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    ready = f"{(obj.get('status') or {}).get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    return [ready, _age(obj, now), *_images(spec["template"])]


def _daemon_set(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    fields = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled")
    counts = [status.get(field, 0) for field in (*fields, "numberAvailable")]
    nodes = pairs(spec["template"]["spec"].get("nodeSelector"))
    return [*counts, nodes, _age(obj, now), *_images(spec["template"]), selector(spec["selector"])]


def _job(obj: Object, now: float) -> Cells:
    status = obj.get("status") or {}
    kinds = {c["type"] for c in status.get("conditions") or () if c["status"] == "True"}
    word = "Failed" if "Failed" in kinds else "Complete" if "Complete" in kinds else "Running"
    if "Suspended" in kinds:
        word = "Suspended"
    began, ended = status.get("startTime"), status.get("completionTime")
    took = since(began, epoch(ended) if ended else now) if began else ""
    done = f"{status.get('succeeded', 0)}/{obj['spec'].get('completions', 1)}"
    template = obj["spec"]["template"]
    return [word, done, took, _age(obj, now), *_images(template), selector(obj["spec"].get("selector"))]


def _cron_job(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    last = since(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    paused, active = str(bool(spec.get("suspend"))), len(status.get("active") or ())
    head = [spec["schedule"], spec.get("timeZone") or NONE, paused, active, last, _age(obj, now)]
    return [*head, *_images(spec["jobTemplate"]["spec"]["template"]), NONE]


def _autoscaler(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    target = spec["scaleTargetRef"]
    seen = {
        m["resource"]["name"]: m["resource"]["current"]
        for m in status.get("currentMetrics") or ()
        if "resource" in m
    }
    goals = []
    for metric in spec.get("metrics") or ():
        if "resource" in metric:
            name, goal = metric["resource"]["name"], metric["resource"]["target"]
            current = (seen.get(name) or {}).get("averageUtilization")
            is_known = current is not None
            goals.append(f"{name}: {f'{current}%' if is_known else '<unknown>'}/{goal.get('averageUtilization')}%")
    counts = [spec.get("minReplicas", 1), spec["maxReplicas"], status.get("currentReplicas", 0)]
    return [f"{target['kind']}/{target['name']}", ", ".join(goals) or NONE, *counts, _age(obj, now)]


def _service(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    ports = [
        f"{p['port']}{':' + str(p['nodePort']) if p.get('nodePort') else ''}/{p.get('protocol', 'TCP')}"
        for p in spec.get("ports") or ()
    ]
    kind = spec.get("type", "ClusterIP")
    external = {"LoadBalancer": "<pending>", "ExternalName": spec.get("externalName")}.get(kind) or NONE
    ip = spec.get("clusterIP") or NONE
    return [kind, ip, external, ",".join(ports) or NONE, _age(obj, now), pairs(spec.get("selector"))]


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
    head = [word, ",".join(roles) or NONE, _age(obj, now), info.get("kubeletVersion", "")]
    return [*head, inside, NONE, *system]


def event_cells(obj: Object, now: float) -> Cells:
    """A whole row: events have no name column of their own."""
    about, source = obj["involvedObject"], obj.get("source") or {}
    last = obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp")
    head = [since(last, now), obj.get("type"), obj.get("reason"), f"{about['kind'].lower()}/{about['name']}"]
    who = ", ".join(source[key] for key in ("component", "host") if source.get(key))
    first, message = obj.get("firstTimestamp") or obj.get("eventTime"), (obj.get("message") or "").strip()
    name = obj["metadata"]["name"]
    return [*head, about.get("fieldPath", ""), who, message, since(first, now), obj.get("count", 1), name]


def _claim(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    word = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    size = (status.get("capacity") or {}).get("storage", "")
    modes = ",".join(MODES.get(mode, mode) for mode in status.get("accessModes") or ())
    head = [word, spec.get("volumeName", ""), size, modes, spec.get("storageClassName", ""), "<unset>"]
    return [*head, _age(obj, now), spec.get("volumeMode", "Filesystem")]


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
        _age(obj, now),
        spec.get("volumeMode", "Filesystem"),
    ]


def _endpoints(obj: Object, now: float) -> Cells:
    places = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ()
    ]
    return [first_few(places), _age(obj, now)]


def _endpoint_slice(obj: Object, now: float) -> Cells:
    ports = first_few(str(port.get("port", "*")) for port in obj.get("ports") or ())
    places = first_few(address for endpoint in obj.get("endpoints") or () for address in endpoint["addresses"])
    return [obj["addressType"], ports, places, _age(obj, now)]


def _quota(obj: Object, now: float) -> Cells:
    used = (obj.get("status") or {}).get("used") or {}
    lines = {
        key: f"{key}: {used.get(key, 0)}/{hard}" for key, hard in sorted((obj["spec"].get("hard") or {}).items())
    }
    requests = ", ".join(line for key, line in lines.items() if not key.startswith("limits."))
    limits = ", ".join(line for key, line in lines.items() if key.startswith("limits."))
    return [requests, limits, _age(obj, now)]


def _budget(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    allowed = (obj.get("status") or {}).get("disruptionsAllowed", 0)
    return [spec.get("minAvailable", "N/A"), spec.get("maxUnavailable", "N/A"), allowed, _age(obj, now)]


def _ingress(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    hosts = first_few(rule.get("host", "*") for rule in spec.get("rules") or ()) if spec.get("rules") else "*"
    ports = "80, 443" if spec.get("tls") else "80"
    return [spec.get("ingressClassName") or NONE, hosts, "", ports, _age(obj, now)]


def _storage_class(obj: Object, now: float) -> Cells:
    policy, mode = obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate")
    return [obj["provisioner"], policy, mode, bool(obj.get("allowVolumeExpansion")), _age(obj, now)]


def _binding(obj: Object, now: float) -> Cells:
    role, subjects = obj["roleRef"], obj.get("subjects") or ()

    def named(kind: str) -> str:
        return ", ".join(
            f"{s['namespace']}/{s['name']}" if s.get("namespace") else s["name"]
            for s in subjects
            if s["kind"] == kind
        )

    who = [named(kind) for kind in ("User", "Group", "ServiceAccount")]
    return [f"{role['kind']}/{role['name']}", _age(obj, now), *who]


def _created(obj: Object, now: float) -> Cells:
    return [obj["metadata"].get("creationTimestamp")]


def _counted(*fields: str) -> Callable[[Object, float], Cells]:
    """Cells of a kind that shows how many entries some of its fields have."""
    return lambda obj, now: [sum(len(obj.get(field) or ()) for field in fields), _age(obj, now)]


def _secret(obj: Object, now: float) -> Cells:
    return [obj.get("type", "Opaque"), len(obj.get("data") or ()), _age(obj, now)]


def _namespace(obj: Object, now: float) -> Cells:
    return [(obj.get("status") or {}).get("phase", "Active"), _age(obj, now)]


def _policy(obj: Object, now: float) -> Cells:
    return [selector(obj["spec"].get("podSelector")), _age(obj, now)]


def _lease(obj: Object, now: float) -> Cells:
    return [(obj.get("spec") or {}).get("holderIdentity", ""), _age(obj, now)]


WORKLOAD: Final = ("Containers*", "Images*", "Selector*")
PRINTERS: Final[dict[str, tuple[tuple[str, ...], Callable[[Object, float], Cells]]]] = {
    "Pod": (("Ready", "Status", "Restarts", "Age", "IP*", "Node*", "Nominated Node*", "Readiness Gates*"), _pod),
    "Deployment": (("Ready", "Up-to-date", "Available", "Age", *WORKLOAD), _deployment),
    "ReplicaSet": (("Desired", "Current", "Ready", "Age", *WORKLOAD), _replica_set),
    "StatefulSet": (("Ready", "Age", "Containers*", "Images*"), _stateful_set),
    "DaemonSet": (
        ("Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", "Age", *WORKLOAD),
        _daemon_set,
    ),
    "Job": (("Status", "Completions", "Duration", "Age", *WORKLOAD), _job),
    "CronJob": (("Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Age", *WORKLOAD), _cron_job),
    "HorizontalPodAutoscaler": (("Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"), _autoscaler),
    "Service": (("Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector*"), _service),
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
    "Endpoints": (("Endpoints", "Age"), _endpoints),
    "EndpointSlice": (("AddressType", "Ports", "Endpoints", "Age"), _endpoint_slice),
    "ConfigMap": (("Data", "Age"), _counted("data", "binaryData")),
    "Secret": (("Type", "Data", "Age"), _secret),
    "ServiceAccount": (("Secrets", "Age"), _counted("secrets")),
    "Namespace": (("Status", "Age"), _namespace),
    "NetworkPolicy": (("Pod-Selector", "Age"), _policy),
    "ResourceQuota": (("Request", "Limit", "Age"), _quota),
    "PodDisruptionBudget": (("Min Available", "Max Unavailable", "Allowed Disruptions", "Age"), _budget),
    "Ingress": (("Class", "Hosts", "Address", "Ports", "Age"), _ingress),
    "StorageClass": (
        ("Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"),
        _storage_class,
    ),
    "Role": (("Created At",), _created),
    "ClusterRole": (("Created At",), _created),
    "RoleBinding": (("Role", "Age", "Users*", "Groups*", "ServiceAccounts*"), _binding),
    "ClusterRoleBinding": (("Role", "Age", "Users*", "Groups*", "ServiceAccounts*"), _binding),
    "Lease": (("Holder", "Age"), _lease),
}
"""Column names, wide ones marked with `*`, and the cells under them."""


def plain(obj: Object, now: float) -> Cells:
    """The cells of any other kind."""
    return [_age(obj, now)]
