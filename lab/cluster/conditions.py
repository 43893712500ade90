"""Status conditions: set one, keep the time of its last change."""

from typing import Any

from lab.cluster.ports import Object


def condition(conditions: list[Object], kind: str) -> Object | None:
    """The condition of a type, or `None`."""
    return next((each for each in conditions if each["type"] == kind), None)


def is_true(obj: Object, kind: str) -> bool:
    """Whether an object's status has a condition with status True."""
    found = condition(obj.get("status", {}).get("conditions") or [], kind)
    return found is not None and found["status"] == "True"


def set_condition(
    conditions: list[Object], kind: str, status: str, now: str, reason: str = "", message: str = "", **extra: Any
) -> None:
    """Add or replace a condition in place; `lastTransitionTime` moves only when the status changes.

    `extra` are further fields, such as `lastProbeTime` of pods or `lastUpdateTime` of deployments.
    """
    old = condition(conditions, kind)
    since = old["lastTransitionTime"] if old is not None and old["status"] == status else now
    new: Object = {"type": kind, "status": status, **extra, "lastTransitionTime": since}
    if reason:
        new["reason"] = reason
    if message:
        new["message"] = message
    if old is None:
        conditions.append(new)
    else:
        conditions[conditions.index(old)] = new
