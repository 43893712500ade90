"""The status of an experiment: a record for each target, and the conditions that follow from them."""

from typing import Final

from lab.cluster.ports import Object

INJECTED: Final = "Injected"
NOT_INJECTED: Final = "Not Injected"
RUN: Final = "Run"
STOP: Final = "Stop"
MOST_EVENTS: Final = 10


def record(identity: str) -> Object:
    """That of a target to which nothing has happened yet."""
    return {
        "id": identity,
        "selectorKey": ".",
        "phase": NOT_INJECTED,
        "injectedCount": 0,
        "recoveredCount": 0,
        "events": [],
    }


def turned(old: Object, phase: str, now: str) -> Object:
    """The record after its target was met (`Injected`), or let go again."""
    operation, count = ("Apply", "injectedCount") if phase == INJECTED else ("Recover", "recoveredCount")
    event = {"operation": operation, "timestamp": now, "type": "Succeeded"}
    events = [*(old.get("events") or ()), event][-MOST_EVENTS:]
    return {**old, "phase": phase, count: old.get(count, 0) + 1, "events": events}


def status(phase: str, records: list[Object], paused: bool) -> Object:
    """The whole status."""
    phases = {each["phase"] for each in records}
    holds = {
        "Selected": bool(records),
        "AllInjected": phases == {INJECTED},
        "AllRecovered": phases == {NOT_INJECTED},
        "Paused": paused,
    }
    experiment: Object = {"desiredPhase": phase} | ({"containerRecords": records} if records else {})
    return {
        "conditions": [{"type": kind, "status": str(value)} for kind, value in holds.items()],
        "experiment": experiment,
    }
