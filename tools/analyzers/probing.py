"""What the three probe analyzers share: which probe fails, how, and what it should ask instead."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from domain.actions import Action, PatchProbe
from domain.base import Json
from tools.analyzers.containers import Container
from tools.analyzers.events import events_about, message_of
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, dig, name_of
from tools.analyzers.revisions import last_change, roll_back
from tools.snapshot import Snapshot

ProbeKind = Literal["readinessProbe", "livenessProbe", "startupProbe"]
_WORD: dict[ProbeKind, str] = {
    "readinessProbe": "readiness",
    "livenessProbe": "liveness",
    "startupProbe": "startup",
}
_LISTENING = re.compile(
    r"listen\w*\D{1,40}?(?:\d+(?:\.\d+){3}:)?(\d{2,5})\b|\bport[ =:]+(\d{2,5})\b", re.IGNORECASE
)
_STATUS = re.compile(r"status ?code:? ?(\d{3})", re.IGNORECASE)
_TIMEOUT = re.compile(r"deadline exceeded|timed? ?out|Timeout", re.IGNORECASE)
_REFUSED = re.compile(r"refused|no route to host|reset by peer", re.IGNORECASE)


@dataclass(frozen=True)
class ProbeFailure:
    """A failing probe, and what is wrong with the probe itself."""

    kind: ProbeKind
    said: str
    """The kubelet's words."""
    asks: str
    """What the probe does, in words."""
    fault: str | None
    """What is wrong with the probe, in words; `None` when the probe seems right and the program wrong."""
    actions: tuple[Action, ...]
    """Best first; empty when the probe seems right and the last revision did not touch it."""


def failure_of(
    snapshot: Snapshot, workload: Workload, container: Container, kind: ProbeKind
) -> ProbeFailure | None:
    """The failure of one probe by the kubelet's recent events, or `None` when it has not failed lately."""
    probe = container.spec.get(kind)
    said = last_failure(snapshot, container, kind)
    if not probe or said is None:
        return None
    word = _WORD[kind]
    changed = last_change(workload)
    touched = changed is not None and changed.touches("containers", container.name, kind)
    back = roll_back(workload, ("containers", container.name, kind))
    fault, patch = _mistake(snapshot, workload, container, kind, said)
    if touched and fault is None:
        fault = f"the last revision changed the {word} probe"
    return ProbeFailure(kind, clean(said), _asks(probe), fault, (*back, *patch))


def last_failure(snapshot: Snapshot, container: Container, kind: ProbeKind) -> str | None:
    """What the kubelet said last about this probe of this container."""
    for event in events_about(snapshot, "Pod", name_of(container.pod), "Unhealthy"):
        field = str(dig(event, "involvedObject", "fieldPath") or "")
        about = not field or f"{{{container.name}}}" in field
        if about and message_of(event).lower().startswith(_WORD[kind]):
            return message_of(event)
    return None


def killed_by_probe(snapshot: Snapshot, container: Container) -> bool:
    """Whether the container ends because a liveness or startup probe fails."""
    killed = any(
        "probe" in message_of(event) and container.name in message_of(event)
        for event in events_about(snapshot, "Pod", name_of(container.pod), "Killing")
    )
    probes: tuple[ProbeKind, ...] = ("livenessProbe", "startupProbe")
    failed = any(container.spec.get(k) and last_failure(snapshot, container, k) for k in probes)
    return failed and (killed or container.ended.get("exitCode") in (137, 143))


def probed_port(container: Container, probe: Json) -> int | None:
    """The port a probe asks, as a number; `None` for an exec probe or a name that the container does not have."""
    for how in ("httpGet", "tcpSocket", "grpc"):
        port = dig(probe, how, "port")
        if port is not None:
            return _number(container, port)
    return None


def _number(container: Container, port: Any) -> int | None:
    if isinstance(port, int) or str(port).isdigit():
        return int(port)
    named = (p for p in container.spec.get("ports") or () if p.get("name") == port)
    return next((int(p["containerPort"]) for p in named), None)


def _asks(probe: Json) -> str:
    if http := probe.get("httpGet"):
        return f"GET {http.get('path', '/')} on port {http.get('port')}"
    if tcp := probe.get("tcpSocket"):
        return f"a connection to port {tcp.get('port')}"
    if grpc := probe.get("grpc"):
        return f"a gRPC health check on port {grpc.get('port')}"
    return f"`{clean(' '.join(dig(probe, 'exec', 'command') or ()), 80)}`"


def _mistake(
    snapshot: Snapshot, workload: Workload, container: Container, kind: ProbeKind, said: str
) -> tuple[str | None, tuple[Action, ...]]:
    """What is wrong with the probe by the container's ports, its other probes and its log; and the patch."""
    probe = container.spec[kind]
    status = _STATUS.search(said)
    if status and status[1] in ("404", "405", "301", "302") and (path := _other_path(container, kind)):
        patch = _patch(workload, container, kind, path=path)
        return f"it asks for {dig(probe, 'httpGet', 'path')}, which the program does not serve", patch
    if status and status[1] == "404":
        return f"it asks for {dig(probe, 'httpGet', 'path')}, which the program does not serve", ()
    asked = _asked(probe)
    port = probed_port(container, probe)
    if asked is not None and (port is None or _REFUSED.search(said)):
        right = tuple(p for p in _listening(snapshot, container) if p != port)
        if right and port not in _listening(snapshot, container):
            patch = _patch(workload, container, kind, port=right[0])
            return f"it asks port {asked}, but the program listens on {right[0]}", patch
    if _TIMEOUT.search(said) and kind != "readinessProbe":
        seconds = int(probe.get("timeoutSeconds") or 1)
        patch = _patch(workload, container, kind, timeout_seconds=max(5, seconds * 3))
        return f"it allows only {seconds} s for an answer", patch
    return _too_early(workload, container, kind, said)


def _too_early(
    workload: Workload, container: Container, kind: ProbeKind, said: str
) -> tuple[str | None, tuple[Action, ...]]:
    """A liveness or startup probe that gives up before the program has come up."""
    probe = container.spec[kind]
    if kind == "readinessProbe" or not _REFUSED.search(said):
        return None, ()
    patience = int(probe.get("initialDelaySeconds") or 0) + int(probe.get("periodSeconds") or 10) * int(
        probe.get("failureThreshold") or 3
    )
    if kind == "startupProbe":
        more = max(30, 3 * int(probe.get("failureThreshold") or 3))
        patch = _patch(workload, container, kind, failure_threshold=more)
    else:
        patch = _patch(workload, container, kind, initial_delay_seconds=max(30, 3 * patience))
    return f"it gives the program only {patience} s to come up", patch


def _asked(probe: Json) -> Any:
    ports = (dig(probe, how, "port") for how in ("httpGet", "tcpSocket", "grpc"))
    return next((p for p in ports if p is not None), None)


def _other_path(container: Container, kind: ProbeKind) -> str | None:
    """The path of another HTTP probe of the same container, which is the honest guess for a health path."""
    own = dig(container.spec, kind, "httpGet", "path")
    others = (dig(container.spec, other, "httpGet", "path") for other in _WORD if other != kind)
    return next((path for path in others if path and path != own), None)


def _listening(snapshot: Snapshot, container: Container) -> tuple[int, ...]:
    """Ports the program says it listens on, else those that the container declares."""
    declared = tuple(int(p["containerPort"]) for p in container.spec.get("ports") or ())
    said = tuple(dict.fromkeys(_announced(snapshot, container)))
    return tuple(p for p in said if not declared or p in declared) or declared


def _announced(snapshot: Snapshot, container: Container) -> Iterator[int]:
    for previous in (False, True):
        for line in snapshot.logs.get((name_of(container.pod), container.name, previous), ()):
            if match := _LISTENING.search(clean(line)):
                yield int(match[1] or match[2])


def _patch(workload: Workload, container: Container, kind: ProbeKind, **fields: Any) -> tuple[Action, ...]:
    if workload.ref.kind in ("Job", "Pod"):
        return ()
    return (PatchProbe(target=workload.ref, container=container.name, kind=kind, **fields),)
