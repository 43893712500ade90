"""What the scheduling analyzers share: the pods that find no node, and why by the scheduler's words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.base import Json
from tools.analyzers.events import events_about, message_of
from tools.analyzers.objects import Workload, condition, dig, labels_of, name_of, workloads
from tools.analyzers.policies import selects
from tools.analyzers.wiring import matches
from tools.snapshot import Snapshot

_PREEMPTION = re.compile(r"\bpreemption:.*$|no new claims to deallocate.*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Unscheduled:
    """A pod without a node."""

    workload: Workload
    pod: Json
    said: str
    """The scheduler's reasons, without its thoughts on preemption."""


def unscheduled(snapshot: Snapshot) -> Iterator[Unscheduled]:
    """One pod of each workload that the scheduler could not place, the oldest first."""
    for workload in workloads(snapshot):
        for pod in workload.pods:
            said = _refusal(snapshot, pod)
            if said:
                yield Unscheduled(workload, pod, _PREEMPTION.sub("", said).strip(" ,."))
                break


def fitting_nodes(snapshot: Snapshot, workload: Workload) -> tuple[Json, ...]:
    """The nodes that satisfy the workload's node selector and required node affinity."""
    wanted = workload.pod_spec.get("nodeSelector") or {}
    rule = dig(workload.pod_spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = dig(rule, "nodeSelectorTerms")
    return tuple(
        node
        for node in snapshot.of("Node")
        if matches(wanted, labels_of(node))
        and (terms is None or any(selects(term, labels_of(node)) for term in terms))
    )


def _refusal(snapshot: Snapshot, pod: Json) -> str | None:
    if dig(pod, "spec", "nodeName"):
        return None
    placed = condition(pod, "PodScheduled")
    if placed and placed.get("status") == "False" and placed.get("message"):
        return str(placed["message"])
    events = events_about(snapshot, "Pod", name_of(pod), "FailedScheduling")
    return next((message_of(event) for event in events), None)
