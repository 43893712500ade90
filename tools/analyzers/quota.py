"""A ResourceQuota keeps a workload from having its pods."""

import re
from collections.abc import Iterator

from domain.actions import Action, PatchQuota, Scale
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.creation import Uncreated, uncreated
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, changed_at, dig
from tools.analyzers.quantity import amount, like
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_EXCEEDED = re.compile(
    r"exceeded quota: (?P<quota>[a-z0-9.-]+), requested: (?P<requested>\S+), used: (?P<used>\S+),"
    r" limited: (?P<hard>\S+)"
)
_MUST = re.compile(r"failed quota: (?P<quota>[a-z0-9.-]+): must specify (?P<what>.+)$")


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that a quota holds back."""
    for refused in uncreated(snapshot):
        if match := _EXCEEDED.search(refused.said):
            yield _exceeded(snapshot, refused, match)
        elif match := _MUST.search(refused.said):
            yield _unspecified(snapshot, refused, match)


def _exceeded(snapshot: Snapshot, refused: Uncreated, match: re.Match[str]) -> Suspicion:
    workload, quota = (
        refused.workload,
        Ref(kind="ResourceQuota", name=match["quota"], namespace=snapshot.namespace),
    )
    requested, hard = _pairs(match["requested"]), _pairs(match["hard"])
    used = _pairs(match["used"])
    over = ", ".join(f"{used.get(r, '0')} of {hard.get(r, '?')} {r} used" for r in requested)
    findings = [
        seen(snapshot, workload.ref, f"Its pods are refused: {clean(refused.said)}"),
        seen(snapshot, quota, f"The quota is full: {over}."),
    ]
    obj = snapshot.named("ResourceQuota", quota.name)
    grown = roll_back(workload, ("containers", "*", "resources"))
    if grown:
        findings.append(seen(snapshot, workload.ref, "The last revision changed what its pods request."))
    raised = _raised(obj, workload, requested, used)
    fewer = _fewer(workload)
    return suspect(
        Cause.QUOTA_EXCEEDED,
        quota,
        f"{workload.ref.name} has {len(workload.pods)} of {workload.wanted} pods because the quota {quota.name} is"
        f" full ({over}).",
        findings,
        confidence=0.96,
        actions=_ordered(obj, workload, grown, raised, fewer),
        affected=[workload.ref],
        changed_at=changed_at(obj) if obj else None,
    )


def _ordered(
    quota: Json | None,
    workload: Workload,
    grown: tuple[Action, ...],
    raised: tuple[Action, ...],
    fewer: tuple[Action, ...],
) -> tuple[Action, ...]:
    """What changed last goes back first: the quota, or what the workload asks for."""
    quota_at, workload_at = (changed_at(quota) if quota else None), changed_at(workload.object)
    tightened = quota_at is not None and (workload_at is None or quota_at >= workload_at)
    return (*raised, *grown, *fewer) if tightened or not (grown or fewer) else (*grown, *raised, *fewer)


def _raised(
    quota: Json | None, workload: Workload, requested: dict[str, str], used: dict[str, str]
) -> tuple[Action, ...]:
    """Room for the pods that are missing, and not more."""
    if quota is None:
        return ()
    missing = max(1, workload.wanted - len(workload.pods))
    current = dig(quota, "spec", "hard") or {}
    hard: dict[str, str] = {}
    for resource, each in requested.items():
        want, have, limit = amount(each), amount(used.get(resource, "0")), amount(current.get(resource))
        if want is None or have is None or limit is None:
            continue
        needed = have + want * missing
        if needed > limit:
            hard[resource] = like(needed, resource)
    target = Ref(kind="ResourceQuota", name=quota["metadata"]["name"], namespace=workload.ref.namespace)
    return (PatchQuota(target=target, hard=hard),) if hard else ()


def _fewer(workload: Workload) -> tuple[Action, ...]:
    scalable = workload.ref.kind in ("Deployment", "StatefulSet") and last_change(workload) is None
    return (Scale(target=workload.ref, replicas=workload.ready),) if scalable and workload.ready else ()


def _unspecified(snapshot: Snapshot, refused: Uncreated, match: re.Match[str]) -> Suspicion:
    workload = refused.workload
    back = roll_back(workload, ("containers", "*", "resources"), ("containers",))
    change = last_change(workload)
    return suspect(
        Cause.QUOTA_EXCEEDED,
        workload.ref,
        f"{workload.ref.name} gets no pods because the quota {match['quota']} demands that it says"
        f" {clean(match['what'], 80)}.",
        [seen(snapshot, workload.ref, f"Its pods are refused: {clean(refused.said)}")],
        confidence=0.93,
        actions=back,
        changed_at=change.made_at if change and back else None,
    )


def _pairs(text: str) -> dict[str, str]:
    """`limits.cpu=500m,pods=1` as a mapping."""
    return dict(part.split("=", 1) for part in text.rstrip(".,;").split(",") if "=" in part)
