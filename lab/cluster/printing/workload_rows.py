"""The cells of workloads: pods and what runs them (kubernetes/pkg/printers/internalversion, 1.33)."""

from typing import Final

from lab.cluster.pods import controller_of
from lab.cluster.ports import Object
from lab.cluster.printing.cells import Cells, Printer, age
from lab.cluster.printing.humanize import NONE, epoch, pairs, selector, since
from lab.cluster.printing.pod_state import pod_state

WORKLOAD: Final = ("Containers*", "Images*", "Selector*")


def _images(template: Object) -> Cells:
    containers = template["spec"]["containers"]
    return [",".join(c["name"] for c in containers), ",".join(c["image"] for c in containers)]


def _pod(pod: Object, now: float) -> Cells:
    state, status = pod_state(pod), pod.get("status") or {}
    ago = f" ({since(state.restarted_at, now)} ago)" if state.restarts and state.restarted_at else ""
    where = [status.get("podIP") or NONE, pod["spec"].get("nodeName") or NONE]
    nominated = status.get("nominatedNodeName") or NONE
    ready = f"{state.ready}/{state.total}"
    return [ready, state.status, f"{state.restarts}{ago}", age(pod, now), *where, nominated, NONE]


def _deployment(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    counts = [status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    return [ready, *counts, age(obj, now), *_images(spec["template"]), selector(spec["selector"])]


def _replica_set(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    counts = [spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [*counts, age(obj, now), *_images(spec["template"]), selector(spec["selector"])]


def _stateful_set(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    ready = f"{(obj.get('status') or {}).get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    return [ready, age(obj, now), *_images(spec["template"])]


def _daemon_set(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    fields = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled")
    counts = [status.get(field, 0) for field in (*fields, "numberAvailable")]
    nodes = pairs(spec["template"]["spec"].get("nodeSelector"))
    return [*counts, nodes, age(obj, now), *_images(spec["template"]), selector(spec["selector"])]


def _job(obj: Object, now: float) -> Cells:
    status = obj.get("status") or {}
    kinds = {c["type"] for c in status.get("conditions") or () if c["status"] == "True"}
    ends = ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet")
    word = next((each for each in ends if each in kinds), "Running")
    if word == "Running" and obj["metadata"].get("deletionTimestamp"):
        word = "Terminating"
    began, ended = status.get("startTime"), status.get("completionTime")
    took = since(began, epoch(ended) if ended else now) if began else ""
    completions, parallel = obj["spec"].get("completions"), obj["spec"].get("parallelism", 1)
    wanted = completions if completions is not None else f"1 of {parallel}" if parallel > 1 else 1
    done = f"{status.get('succeeded', 0)}/{wanted}"
    template = obj["spec"]["template"]
    return [word, done, took, age(obj, now), *_images(template), selector(obj["spec"].get("selector"))]


def _cron_job(obj: Object, now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status") or {}
    last = since(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    paused, active = str(bool(spec.get("suspend"))), len(status.get("active") or ())
    head = [spec["schedule"], spec.get("timeZone") or NONE, paused, active, last, age(obj, now)]
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
            unit, field = ("%", "averageUtilization") if "averageUtilization" in goal else ("", "averageValue")
            current = (seen.get(name) or {}).get(field)
            goals.append(
                f"{name}: {'<unknown>' if current is None else f'{current}{unit}'}/{goal.get(field)}{unit}"
            )
    counts = [spec.get("minReplicas", 1), spec["maxReplicas"], status.get("currentReplicas", 0)]
    return [f"{target['kind']}/{target['name']}", ", ".join(goals) or NONE, *counts, age(obj, now)]


def _revision(obj: Object, now: float) -> Cells:
    owner = controller_of(obj)
    word = NONE
    if owner is not None:
        group = owner["apiVersion"].partition("/")[0]
        word = f"{owner['kind'].lower()}.{group}/{owner['name']}"
    return [word, obj["revision"], age(obj, now)]


PRINTERS: Final[dict[str, Printer]] = {
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
    "ControllerRevision": (("Controller", "Revision", "Age"), _revision),
    "HorizontalPodAutoscaler": (("Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"), _autoscaler),
}
