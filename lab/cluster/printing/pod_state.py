"""The STATUS column of a pod (kubernetes/pkg/printers/internalversion, `printPod`)."""

from dataclasses import dataclass
from typing import Any

from lab.cluster.ports import Object


@dataclass(frozen=True)
class PodState:
    """What `kubectl get pods` says about a pod."""

    ready: int
    total: int
    status: str
    restarts: int
    restarted_at: str | None
    """When the last restarted container had ended, RFC 3339."""


def pod_state(pod: Object) -> PodState:
    """Summarise a pod."""
    status = pod.get("status") or {}
    reason = status.get("reason") or status.get("phase") or "Unknown"
    if any(c.get("reason") == "SchedulingGated" for c in status.get("conditions") or ()):
        reason = "SchedulingGated"
    waiting = _init_reason(pod)
    inits, mains = status.get("initContainerStatuses") or [], status.get("containerStatuses") or []
    counted = inits if waiting else mains
    ready = sum(1 for c in mains if c["ready"] and "running" in c["state"])
    if waiting:
        reason = waiting
    else:
        for container in reversed(mains):
            reason = _container_reason(container["state"]) or reason
        if reason == "Completed" and ready:
            reason = "Running"
    if pod["metadata"].get("deletionTimestamp"):
        reason = "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    ended = [((c.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for c in counted]
    total = len(pod["spec"]["containers"])
    restarts = sum(c["restartCount"] for c in counted)
    return PodState(ready, total, reason, restarts, max((stamp for stamp in ended if stamp), default=None))


def _init_reason(pod: Object) -> str | None:
    """`Init:...` while an init container has not succeeded."""
    statuses = (pod.get("status") or {}).get("initContainerStatuses") or ()
    for i, container in enumerate(statuses):
        state: dict[str, Any] = container["state"]
        if (ended := state.get("terminated")) and ended["exitCode"] == 0:
            continue
        if "terminated" in state:
            return f"Init:{_container_reason(state)}"
        why = (state.get("waiting") or {}).get("reason")
        if why and why != "PodInitializing":
            return f"Init:{why}"
        return f"Init:{i}/{len(pod['spec'].get('initContainers') or ())}"
    return None


def _container_reason(state: dict[str, Any]) -> str | None:
    if why := (state.get("waiting") or {}).get("reason"):
        return str(why)
    if ended := state.get("terminated"):
        signal, code = ended.get("signal"), ended["exitCode"]
        return str(ended.get("reason") or (f"Signal:{signal}" if signal else f"ExitCode:{code}"))
    return None
