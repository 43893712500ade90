"""What the analyzers of refused pods share: controllers that may not create pods, and the API server's words."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.analyzers.events import events_about, message_of
from tools.analyzers.objects import Workload, condition, name_of, workloads
from tools.snapshot import Snapshot


@dataclass(frozen=True)
class Uncreated:
    """A workload whose pods are refused."""

    workload: Workload
    said: str


def uncreated(snapshot: Snapshot) -> Iterator[Uncreated]:
    """The workloads that have fewer pods than they should because the API server refuses more."""
    for workload in workloads(snapshot):
        if len(workload.pods) < workload.wanted or workload.ready < workload.wanted:
            said = _refusal(snapshot, workload)
            if said:
                yield Uncreated(workload, said)


def _refusal(snapshot: Snapshot, workload: Workload) -> str | None:
    for obj in (*workload.sets[:1], workload.object):
        failure = condition(obj, "ReplicaFailure")
        if failure and failure.get("status") == "True" and failure.get("message"):
            return str(failure["message"])
    owners = [("ReplicaSet", name_of(s)) for s in workload.sets[:1]] or [(workload.ref.kind, workload.ref.name)]
    if len(workload.pods) >= workload.wanted:
        return None
    events = (message_of(e) for kind, name in owners for e in events_about(snapshot, kind, name, "FailedCreate"))
    return next(events, None)
