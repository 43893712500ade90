"""No node has room for what a workload's pods request."""

import re
from collections.abc import Iterator
from decimal import Decimal

from domain.actions import Action, Scale, SetResources
from domain.base import Json
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, dig, ref_of
from tools.analyzers.quantity import amount
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.scheduling import Unscheduled, unscheduled
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_SAYS = re.compile(r"Insufficient ([\w./-]+?)(?=[,.\s]|$)|Too many pods", re.IGNORECASE)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload whose requests do not fit."""
    for stuck in unscheduled(snapshot):
        lacking = tuple(dict.fromkeys(m[1] or "pods" for m in _SAYS.finditer(stuck.said)))
        if lacking:
            yield _case(snapshot, stuck, lacking)


def _case(snapshot: Snapshot, stuck: Unscheduled, lacking: tuple[str, ...]) -> Suspicion:
    workload = stuck.workload
    pod = ref_of(snapshot, "Pod", stuck.pod)
    findings = [seen(snapshot, pod, f"The scheduler finds no node: {clean(stuck.said)}.")]
    asks: list[str] = []
    for resource in lacking:
        for container in workload.pod_spec.get("containers") or ():
            requested = dig(container, "resources", "requests", resource)
            largest = _largest(snapshot, resource)
            if requested and largest is not None:
                asks.append(f"{requested} of {resource}")
                text = f"Container {container['name']} requests {requested} of {resource}"
                findings.append(seen(snapshot, workload.ref, f"{text}; the largest node has {largest}."))
    paths = tuple(("containers", "*", "resources", kind, r) for r in lacking for kind in ("requests", "limits"))
    back = roll_back(workload, *paths)
    if back:
        findings.append(seen(snapshot, workload.ref, "The last revision changed what its pods request."))
    change = last_change(workload)
    return suspect(
        Cause.UNSCHEDULABLE_RESOURCES,
        workload.ref,
        f"No node has room for the pods of {workload.ref.name}: not enough {' and '.join(lacking)}"
        + (f" for its {', '.join(dict.fromkeys(asks))}." if asks else "."),
        findings,
        confidence=0.95 if back else 0.88,
        actions=(*back, *_smaller(workload, lacking), *_fewer(workload)),
        follows="unschedulable" in stuck.said and not back,
        changed_at=change.made_at if change and back else None,
    )


def _largest(snapshot: Snapshot, resource: str) -> str | None:
    """What the largest node can give, as it says it."""
    sizes = [str(s) for n in snapshot.of("Node") if (s := dig(n, "status", "allocatable", resource))]
    return max(sizes, key=lambda size: amount(size) or Decimal(0), default=None)


def _smaller(workload: Workload, lacking: tuple[str, ...]) -> tuple[Action, ...]:
    """Requests brought down to the earlier revision's, where there was one that asked for less."""
    change = last_change(workload)
    if change is None:
        return ()
    for container in dig(change.before, "containers") or ():
        own = _same(workload, container["name"])
        lower = {
            resource: str(old)
            for resource in lacking
            if (old := dig(container, "resources", "requests", resource))
            and (amount(old) or 0) < (amount(dig(own, "resources", "requests", resource)) or 0)
        }
        if lower:
            return (SetResources(target=workload.ref, container=container["name"], requests=lower),)
    return ()


def _same(workload: Workload, name: str) -> Json:
    found = (c for c in workload.pod_spec.get("containers") or () if c["name"] == name)
    return next(found, {})


def _fewer(workload: Workload) -> tuple[Action, ...]:
    """As many replicas as found room, when some did."""
    scalable = workload.ref.kind in ("Deployment", "StatefulSet")
    if not scalable or not 0 < workload.ready < workload.wanted or last_change(workload) is not None:
        return ()
    return (Scale(target=workload.ref, replicas=workload.ready),)
