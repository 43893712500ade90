"""The status of a pod, from what its node knows (pkg/kubelet/status, kubelet_pods.go)."""

from collections.abc import Callable

from lab.cluster.conditions import set_condition
from lab.cluster.kubelet.containers import image_status
from lab.cluster.kubelet.state import ContainerState, Phase, PodState, Run
from lab.cluster.ports import Object
from lab.cluster.texts import Text, Texts

Iso = Callable[[float], str]


def pod_status(texts: Texts, pod: Object, home: PodState, host: str, iso: Iso, now: float) -> Object:
    """The whole status, with the parts of others (the scheduler's condition, the QoS class) kept."""
    spec, old = pod["spec"], pod.get("status") or {}
    status: Object = {**old, "phase": _phase(spec, home)}
    conditions = [dict(each) for each in old.get("conditions") or ()]
    _set_conditions(conditions, texts, spec, home, iso(now), status["phase"])
    status["conditions"] = sorted(conditions, key=_rank)
    status |= {"hostIP": host, "hostIPs": [{"ip": host}], "startTime": iso(home.admitted_at)}
    if home.ip:
        status |= {"podIP": home.ip, "podIPs": [{"ip": home.ip}]}
    if spec.get("initContainers"):
        status["initContainerStatuses"] = [
            container_status(each, home.containers[each["name"]], iso, init=True)
            for each in spec["initContainers"]
        ]
    status["containerStatuses"] = [
        container_status(each, home.containers[each["name"]], iso) for each in spec["containers"]
    ]
    return status


_ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def _rank(each: Object) -> int:
    """The order in which the kubelet writes the conditions."""
    return _ORDER.index(each["type"]) if each["type"] in _ORDER else len(_ORDER)


def container_status(spec: Object, state: ContainerState, iso: Iso, init: bool = False) -> Object:
    """One entry of containerStatuses."""
    run = state.run
    image, image_id = image_status(spec, run)
    done = init and state.phase is Phase.TERMINATED and run is not None and run.exit_code == 0
    found: Object = {
        "name": spec["name"],
        "state": _state(state, iso),
        "lastState": _last_state(state, iso),
        "ready": state.ready or done,
        "restartCount": state.restarts,
        "image": image,
        "imageID": image_id,
        "started": state.started,
    }
    if run is not None:
        found["containerID"] = run.container_id
    return found


def _state(state: ContainerState, iso: Iso) -> Object:
    run = state.run
    if state.phase is Phase.RUNNING and run is not None:
        return {"running": {"startedAt": iso(run.started_at)}}
    if state.phase is Phase.TERMINATED and run is not None:
        return {"terminated": _terminated(run, iso)}
    waiting = {"reason": state.waiting_reason}
    return {"waiting": waiting | ({"message": state.waiting_message} if state.waiting_message else {})}


def _last_state(state: ContainerState, iso: Iso) -> Object:
    last = state.run if state.phase is Phase.WAITING else state.previous
    return {} if last is None else {"terminated": _terminated(last, iso)}


def _terminated(run: Run, iso: Iso) -> Object:
    found: Object = {
        "exitCode": run.exit_code,
        "reason": run.reason,
        "startedAt": iso(run.started_at),
        "finishedAt": iso(run.finished_at or run.started_at),
        "containerID": run.container_id,
    }
    return found | ({"message": run.message} if run.message else {})


def _phase(spec: Object, home: PodState) -> str:
    policy = spec.get("restartPolicy", "Always")
    inits = [home.containers[each["name"]] for each in spec.get("initContainers") or ()]
    mains = [home.containers[each["name"]] for each in spec["containers"]]
    if any(_failed(each) for each in inits) and policy == "Never":
        return "Failed"
    if all(each.phase is Phase.TERMINATED for each in mains) and policy != "Always":
        codes = [each.run.exit_code for each in mains if each.run is not None]
        if all(code == 0 for code in codes):
            return "Succeeded"
        if policy == "Never":
            return "Failed"
    return "Running" if any(_has_run(each) for each in mains) else "Pending"


def _has_run(state: ContainerState) -> bool:
    """Whether the runtime ever got a process going: a StartError on every try leaves the pod Running too."""
    return state.run is not None


def _failed(state: ContainerState) -> bool:
    return state.phase is Phase.TERMINATED and state.run is not None and state.run.exit_code != 0


def is_initialized(spec: Object, home: PodState) -> bool:
    """Whether every init container is through (a sidecar: has started)."""
    for each in spec.get("initContainers") or ():
        state = home.containers[each["name"]]
        if each.get("restartPolicy") == "Always":
            if not state.started:
                return False
        elif state.phase is not Phase.TERMINATED or state.run is None or state.run.exit_code != 0:
            return False
    return True


def _set_conditions(
    conditions: list[Object], texts: Texts, spec: Object, home: PodState, now: str, phase: str
) -> None:
    def put(kind: str, holds: bool, reason: str = "", message: str = "") -> None:
        set_condition(conditions, kind, str(holds), now, reason, message, lastProbeTime=None)

    put("PodReadyToStartContainers", bool(home.ip) and home.mounted)
    waiting = [each["name"] for each in spec.get("initContainers") or () if not _is_done(home, each)]
    initialized = is_initialized(spec, home)
    if initialized:
        put("Initialized", True, "PodCompleted" if phase == "Succeeded" else "")
    else:
        message = texts.say(Text.NOT_INITIALIZED, names=" ".join(waiting))
        put("Initialized", False, "ContainersNotInitialized", message)
    unready = [each["name"] for each in spec["containers"] if not home.containers[each["name"]].ready]
    if phase == "Succeeded":
        put("Ready", False, "PodCompleted")
        put("ContainersReady", False, "PodCompleted")
    elif unready:
        message = texts.say(Text.NOT_READY, names=" ".join(unready))
        put("Ready", False, "ContainersNotReady", message)
        put("ContainersReady", False, "ContainersNotReady", message)
    else:
        put("Ready", initialized)
        put("ContainersReady", initialized)


def _is_done(home: PodState, spec: Object) -> bool:
    state = home.containers[spec["name"]]
    return state.phase is Phase.TERMINATED and state.run is not None and state.run.exit_code == 0
