"""A container is killed because it needs more memory than its limit."""

from collections.abc import Iterator
from decimal import Decimal

from domain.actions import Action, SetResources
from domain.diagnosis import Cause
from tools.analyzers.containers import Container, containers_of, is_failing
from tools.analyzers.objects import Workload, age, dig, name_of, ref_of, workloads
from tools.analyzers.quantity import amount, as_memory
from tools.analyzers.revisions import LastChange, back_from, last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_RECENT_SECONDS = 300.0
_REPEATED = 2
_HEADROOM = 2
"""Without a better figure the limit is doubled."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container that was killed for its memory and has not recovered since."""
    for workload in workloads(snapshot):
        for container in containers_of(snapshot, workload):
            if is_killed_for_memory(snapshot, container):
                yield _case(snapshot, workload, container)


def is_killed_for_memory(snapshot: Snapshot, container: Container) -> bool:
    """Whether it is down for lack of memory, or was again and again until just now."""
    if container.ended.get("reason") != "OOMKilled":
        return False
    again = container.restarts >= _REPEATED and age(snapshot, container.ended.get("finishedAt")) < _RECENT_SECONDS
    return is_failing(snapshot, container) or not container.running or again


def _case(snapshot: Snapshot, workload: Workload, container: Container) -> Suspicion:
    limit = dig(container.spec, "resources", "limits", "memory")
    used = dig(snapshot.usage, f"{name_of(container.pod)}/{container.name}", "memory")
    change = last_change(workload)
    lowered = _lowered(change, container.name)
    pod = ref_of(snapshot, "Pod", container.pod)
    findings = [
        seen(
            snapshot, pod, f"Container {container.name} was killed for lack of memory (OOMKilled, exit code 137)."
        )
    ]
    if limit:
        findings.append(seen(snapshot, workload.ref, f"Container {container.name} has a memory limit of {limit}."))
    if used:
        findings.append(
            seen(snapshot, pod, f"Container {container.name} used {used} of memory when last measured.")
        )
    if lowered:
        findings.append(seen(snapshot, workload.ref, f"The last revision lowered that limit from {lowered}."))
    than = f"its limit of {limit}" if limit else "its node can give"
    tail = f", which the last revision lowered from {lowered}" if lowered else ""
    return suspect(
        Cause.OUT_OF_MEMORY,
        workload.ref,
        f"{workload.ref.name} is killed again and again because it needs more memory than {than}{tail}.",
        findings,
        confidence=0.97 if limit else 0.8,
        actions=_actions(workload, container, limit, lowered),
        changed_at=change.made_at if change and lowered else None,
    )


def _lowered(change: LastChange | None, container: str) -> str | None:
    """The earlier limit, when the last revision made it smaller."""
    if change is None:
        return None
    old, new = change.under("containers", container, "resources", "limits", "memory").get(
        ("containers", container, "resources", "limits", "memory"), (None, None)
    )
    before, after = amount(old), amount(new)
    return str(old) if before and after and after < before else None


def _actions(workload: Workload, container: Container, limit: object, lowered: str | None) -> tuple[Action, ...]:
    if workload.ref.kind in ("Job", "Pod"):
        return ()
    image = roll_back(workload, ("containers", container.name, "image"))
    figure = amount(limit) if limit else None
    if lowered:
        wanted = amount(lowered) or Decimal(0)
        return (*back_from(workload, last_change(workload)), _raise(workload, container, wanted))
    if figure is None:
        return image
    return (_raise(workload, container, figure * _HEADROOM), *image)


def _raise(workload: Workload, container: Container, wanted: Decimal) -> SetResources:
    return SetResources(target=workload.ref, container=container.name, limits={"memory": as_memory(wanted)})
