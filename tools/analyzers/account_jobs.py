"""The Jobs by which AOI changes the users of a database server, as a look at the cluster shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.actions import Action, Undo
from domain.base import Json
from domain.cluster import Ref
from tools.analyzers.logs import clean, is_error
from tools.analyzers.objects import condition, dig, is_true, name_of, owner_of, ref_of, when
from tools.snapshot import Snapshot
from tools.write.account_job import DOES, change_in


@dataclass(frozen=True)
class AccountJob:
    """One of them."""

    ref: Ref
    server: str
    """The workload that runs the server."""
    change: Mapping[str, str]
    undoes: bool
    made_at: datetime | None
    ended_at: datetime | None
    complete: bool
    failed: bool
    said: str
    """Its last line; empty while nobody has read its log."""

    @property
    def open_clause(self) -> str | None:
        """What is still to be waited for, or why it is in vain; `None` when it has done its work."""
        if self.complete:
            return None
        if not self.failed:
            return f"Job {self.ref.name} has not ended yet"
        return f"Job {self.ref.name} failed: {self.said or 'its log says nothing'}"


def account_jobs(snapshot: Snapshot) -> tuple[AccountJob, ...]:
    """All of a namespace, oldest first."""
    found = snapshot.once("account jobs", lambda s: tuple(_account_jobs(s)))
    return tuple(sorted(found, key=lambda job: (str(job.made_at), job.ref.name)))


def job_of(action: Action, snapshots: Sequence[Snapshot]) -> AccountJob | None:
    """The newest Job of an action; `None` where it makes none, or none is to be seen."""
    jobs = [job for snapshot in snapshots for job in account_jobs(snapshot)]
    match action:
        case GrantDatabaseRole() | CreateDatabaseUser():
            same = [j for j in jobs if not j.undoes and j.change == change_in(action) and _is_at(j, action.target)]
            return same[-1] if same else None
        case Undo(change=change):
            return next((job for job in jobs if job.ref == change.target), None)
        case _:
            return None


def _is_at(job: AccountJob, server: Ref) -> bool:
    return (job.server, job.ref.namespace) == (server.name, server.namespace)


def _account_jobs(snapshot: Snapshot) -> Iterator[AccountJob]:
    for job in snapshot.of("Job"):
        told = (job["metadata"].get("annotations") or {}).get(DOES)
        owners = job["metadata"].get("ownerReferences") or ()
        if not told:
            continue
        change = dict(pair.split("=", 1) for pair in str(told).split() if "=" in pair)
        undoes = bool(change.pop("undoes", ""))
        failed = condition(job, "Failed") or {}
        ended = dig(job, "status", "completionTime") or failed.get("lastTransitionTime")
        yield AccountJob(
            ref=ref_of(snapshot, "Job", job),
            server=str(owners[0]["name"]) if owners else "",
            change=change,
            undoes=undoes,
            made_at=when(job["metadata"].get("creationTimestamp")),
            ended_at=when(ended),
            complete=is_true(job, "Complete"),
            failed=is_true(job, "Failed"),
            said=_said(snapshot, job),
        )


def _said(snapshot: Snapshot, job: Json) -> str:
    pods = {name_of(pod) for pod in snapshot.of("Pod") if owner_of(pod) == ("Job", name_of(job))}
    lines = [line for (pod, _, _), log in snapshot.logs.items() if pod in pods for line in log if line.strip()]
    failure = dig(condition(job, "Failed"), "message")
    return clean(next(filter(is_error, lines), lines[-1])) if lines else str(failure or "")
