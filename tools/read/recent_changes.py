"""Who changed what lately, by the managedFields of the objects."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.base import Json
from domain.cluster import Ref, Severity
from domain.probes import RecentChanges
from tools.analyzers.objects import ref_of, when
from tools.cluster.reader import Reader
from tools.read.differences import drift_in_words
from tools.read.look import look
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import ago, at, table
from tools.snapshot import Snapshot

KINDS = (
    "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "ConfigMap", "NetworkPolicy", "Ingress",
    "ResourceQuota", "LimitRange", "PersistentVolumeClaim", "HorizontalPodAutoscaler", "ServiceAccount", "Role",
    "RoleBinding", "PodDisruptionBudget",
)  # fmt: skip
FIELDS = 6
"""Fields named in one sentence."""
_CONTROLLERS = (
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-apiserver",
    "k3s",
    "cluster-autoscaler",
)


@dataclass(frozen=True)
class Change:
    """One manager's last change of one object."""

    at: datetime
    subject: Ref
    manager: str
    operation: str
    fields: tuple[str, ...]
    created: bool

    def __str__(self) -> str:
        shown = ", ".join(self.fields[:FIELDS])
        more = f" and {len(self.fields) - FIELDS} more fields" if len(self.fields) > FIELDS else ""
        return (
            f"created by {self.manager}"
            if self.created
            else f"{self.manager} set {shown or 'nothing named'}{more}"
        )


async def run(reader: Reader, call: RecentChanges, now: datetime) -> Outcome:
    """Changes by people and tools, newest first; controllers at their ordinary work are left out."""
    seen = await look(reader, call.namespace, KINDS, now)
    since = now - timedelta(minutes=call.minutes)
    changes = sorted(
        (
            change
            for kind, objects in seen.objects.items()
            for obj in objects
            for change in _changes(ref_of(seen, kind, obj), obj)
            if change.at >= since
        ),
        key=lambda c: c.at,
        reverse=True,
    )
    span = f"in namespace {call.namespace} in the last {call.minutes} minutes"
    if not changes:
        return Outcome(f"Nobody changed anything {span}.")
    rows = ((ago(c.at, now), c.subject, c) for c in changes)
    told = [observe(Severity.INFO, c.subject, f"{at(c.at)}: {c}.") for c in changes]
    told += _drifted(seen, {c.subject for c in changes})
    return Outcome(f"{count(len(changes), 'change').capitalize()} {span}.", table(rows), tuple(told))


def _drifted(seen: Snapshot, changed: Set[Ref]) -> Iterator[Observation]:
    """What the changed objects have otherwise than declared: the old values that managed fields do not tell."""
    for kind, objects in seen.objects.items():
        for obj in objects:
            ref = ref_of(seen, kind, obj)
            if ref in changed and (drifted := drift_in_words(obj)):
                yield observe(Severity.WARNING, ref, drifted)


def _changes(ref: Ref, obj: Json) -> Iterator[Change]:
    created = when(obj["metadata"].get("creationTimestamp"))
    for entry in obj["metadata"].get("managedFields") or ():
        at = when(entry.get("time"))
        manager = str(entry.get("manager") or "somebody")
        if at is None or entry.get("subresource") == "status" or manager.startswith(_CONTROLLERS):
            continue
        fields = tuple(_paths(entry.get("fieldsV1") or {}))
        first = created is not None and at - created < timedelta(seconds=2)
        yield Change(at, ref, manager, str(entry.get("operation") or ""), fields, first)


def _paths(fields: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Readable paths of a fieldsV1 tree: `spec.replicas`, `containers[web].image`."""
    for key, below in fields.items():
        if key == ".":
            continue
        path = _joined(prefix, key)
        nested = {k: v for k, v in below.items() if k != "."} if isinstance(below, Mapping) else {}
        if nested:
            yield from _paths(nested, path)
        else:
            yield path.removeprefix("spec.template.spec.")


def _joined(prefix: str, key: str) -> str:
    sort, _, rest = key.partition(":")
    if sort == "f":
        return f"{prefix}.{rest}" if prefix else rest
    name = rest.partition('"name":"')[2].partition('"')[0]
    return f"{prefix}[{name or rest.strip('{}')}]"
