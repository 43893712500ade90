"""A program whose release holds a wrong address: its log names a port that the Service of that host has not."""

import re
from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.containers import Container, containers_of, is_failing, last_words
from tools.analyzers.logs import clean, is_frame, telling, trouble_of
from tools.analyzers.objects import Workload, dig
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import ADDRESSED, Backing, Wiring, configured_texts
from tools.snapshot import Snapshot

_UNREACHED = re.compile(
    r"no reachable servers?|no (?:suitable|available) servers?|cannot? connect|connect failed", re.I
)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each failing workload that says it goes to a port where no Service listens."""
    wiring = Wiring.of(snapshot)
    for workload in wiring.workloads:
        for container in containers_of(snapshot, workload):
            if is_failing(snapshot, container) and (found := _wrong(wiring, workload, container)):
                yield _case(wiring, workload, *found)


def _wrong(wiring: Wiring, workload: Workload, container: Container) -> tuple[str, str, Backing] | None:
    """The address as the program says it, its last words, and the Service that it misses."""
    lines = last_words(wiring.snapshot, container)
    end = telling(lines)
    if end is None or not (_UNREACHED.search(end) or trouble_of(end)):
        return None
    told = "\n".join(configured_texts(wiring.snapshot, workload))
    for line in lines:
        for match in () if is_frame(line) else ADDRESSED.finditer(line):
            backing = wiring.backings.get(wiring.host(match[1]) or "")
            if backing and match[0] not in told and int(match[2]) not in _ports(backing):
                return match[0], end, backing
    return None


def _ports(backing: Backing) -> frozenset[int]:
    """The ports of a Service and, since its pods can be called directly, of the containers behind it."""
    behind = (
        port.get("containerPort")
        for workload in backing.workloads
        for container in workload.pod_spec.get("containers") or ()
        for port in container.get("ports") or ()
    )
    return frozenset({*behind, *(dig(port, "port") for port in backing.ports)})


def _case(wiring: Wiring, workload: Workload, address: str, end: str, backing: Backing) -> Suspicion:
    snapshot, ref = wiring.snapshot, workload.ref
    change = recent_change(snapshot, workload)
    released = change if change and change.touches("*", "*", "image") else None
    ports = ", ".join(str(port["port"]) for port in backing.ports)
    findings = [
        seen(snapshot, ref, f"{ref.name} goes to {address} and ends with: {clean(end)}"),
        seen(snapshot, backing.ref, f"Service {backing.ref.name} has only port {ports}."),
    ]
    if released:
        findings.append(seen(snapshot, ref, f"The last revision changed {in_words(released)}."))
    return suspect(
        Cause.BAD_ENVIRONMENT,
        ref,
        f"{ref.name} goes to {address}, and Service {backing.ref.name} has only port {ports}; nothing in its"
        " settings says so, so the address comes with its image.",
        findings,
        confidence=0.93 if released else 0.85,
        actions=back_from(workload, released),
        affected=wiring.dependents_of(ref),
        directness=Directness.INFERRED,
        changed_at=released.made_at if released else None,
    )
