"""A Service sends to a port on which its pods do not listen."""

from collections.abc import Iterator
from typing import Any

from domain.actions import PatchServicePort
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.applied import applied
from tools.analyzers.complaints import Complaint, complaints
from tools.analyzers.objects import age, changed_at, dig, when
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Backing, Wiring, all_containers
from tools.snapshot import Snapshot

_RECENT_SECONDS = 3600.0
Port = int | str


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each Service port that leads nowhere."""
    wiring = Wiring.of(snapshot)
    cries = complaints(wiring)
    for name, backing in wiring.backings.items():
        about = [c for c in cries if c.service == name]
        for entry in backing.ports:
            if _leads_nowhere(snapshot, backing, entry, about):
                yield _case(wiring, backing, entry, about)


def target_of(entry: Json) -> Port:
    """Where a port entry sends to: a number or a name; the Service's own number when it does not say."""
    target = entry.get("targetPort") or entry["port"]
    return int(target) if str(target).isdigit() else str(target)


def declared(backing: Backing) -> tuple[Json, ...]:
    """The container ports of the pods behind a Service, by their templates."""
    return tuple(
        port
        for workload in backing.workloads
        for container in all_containers(workload.pod_spec)
        for port in container.get("ports") or ()
        if (port.get("protocol") or "TCP") == "TCP"
    )


def _leads_nowhere(snapshot: Snapshot, backing: Backing, entry: Json, about: list[Complaint]) -> bool:
    """A missing name is certain; a number that no container declares needs a complaint or a recent change."""
    ports, target = declared(backing), target_of(entry)
    if (entry.get("protocol") or "TCP") != "TCP" or not backing.workloads:
        return False
    if isinstance(target, str):
        return all(port.get("name") != target for port in ports)
    if not ports or any(port["containerPort"] == target for port in ports):
        was = _declared_before(backing, entry)
        return bool(about) and was is not None and was != target
    changed = changed_at(backing.service)
    made = when(backing.service["metadata"].get("creationTimestamp"))
    altered = changed is not None and made is not None and changed > made
    return bool(about) or (altered and age(snapshot, changed) < _RECENT_SECONDS)


def _case(wiring: Wiring, backing: Backing, entry: Json, about: list[Complaint]) -> Suspicion:
    snapshot, name = wiring.snapshot, backing.ref.name
    target, right = target_of(entry), _right_port(backing, entry)
    listens = ", ".join(str(p["containerPort"]) for p in declared(backing)) or "no port"
    findings = [
        seen(snapshot, backing.ref, f"Port {entry['port']} of Service {name} sends to port {target} of its pods."),
        seen(snapshot, backing.ref, f"The pods behind Service {name} listen on {listens}, not on {target}."),
    ]
    findings += [
        seen(snapshot, c.caller.ref, f"{c.caller.ref.name} cannot call Service {name}: {c.line}")
        for c in about[:3]
    ]
    affected = [*(c.caller.ref for c in about), *_sure_callers(wiring, name)]
    repair = (PatchServicePort(target=backing.ref, port=int(entry["port"]), target_port=right),) if right else ()
    return suspect(
        Cause.WRONG_TARGET_PORT,
        backing.ref,
        f"Service {name} sends to port {target}, but its pods listen on {listens}, so calls to it fail.",
        findings,
        confidence=0.95 if about or isinstance(target, str) else 0.8,
        actions=repair,
        affected=affected,
        directness=Directness.INFERRED,
        changed_at=changed_at(backing.service),
    )


def _sure_callers(wiring: Wiring, service: str) -> tuple[Ref, ...]:
    """Workloads that are told of the Service and are not well."""
    unwell = {w.ref for w in wiring.workloads if w.ready < w.wanted}
    return tuple(ref for ref in wiring.callers_of(service) if ref in unwell)


def _declared_before(backing: Backing, entry: Json) -> Any:
    """The target that the last applied form of the Service names for this port."""
    ports = applied(backing.service, "spec", "ports") or ()
    before = next((p for p in ports if p.get("port") == entry["port"]), None)
    return target_of(before) if before else None


def _right_port(backing: Backing, entry: Json) -> Port | None:
    """The port to send to: as declared before, else the container's only one, its namesake or the same number."""
    ports = declared(backing)
    numbers, names = {p["containerPort"] for p in ports}, {p["name"] for p in ports if p.get("name")}
    before = _declared_before(backing, entry)
    if before is not None and before != target_of(entry) and (before in numbers or before in names):
        return int(before) if isinstance(before, int) else str(before)
    if len(numbers) == 1:
        return int(next(iter(numbers)))
    if entry.get("name") in names:
        return str(entry["name"])
    if entry["port"] in numbers:
        return int(entry["port"])
    taken = {target_of(other) for other in dig(backing.service, "spec", "ports") or () if other is not entry}
    free = [p for p in ports if p["containerPort"] not in taken and p.get("name") not in taken]
    return int(free[0]["containerPort"]) if len(free) == 1 else None
