"""A server that wants encrypted connections, and clients that open plain ones, or the other way round."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.actions import Action, Restart, SetConfigKey
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.complaints import complaints
from tools.analyzers.declared import by_siblings, config_maps_of, declared, started_before
from tools.analyzers.denials import Denial
from tools.analyzers.objects import Workload, changed_at, dig, ref_of
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.turned_away import admitted, turned_away
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_DEMAND = re.compile(
    r"^[ \t]*(?:mode|sslMode)[ \t]*:[ \t]*[\"']?require(?:TLS|SSL)[\"']?[ \t]*$"
    r"|^[ \t]*require_secure_transport[ \t]*=[ \t]*(?:ON|1)[ \t]*$"
    r"|^[ \t]*(?:net\.)?(?:tls|ssl)Mode[ \t]*=[ \t]*require(?:TLS|SSL)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_MODE = re.compile(
    r"^[ \t]*mode[ \t]*:[ \t]*[\"']?(?:disabled|(?:allow|prefer|require)(?:TLS|SSL))[\"']?[ \t]*$", re.M
)
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class _Demand:
    """A key of a ConfigMap by which a server insists on TLS."""

    config: Json
    key: str
    line: str


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each server that turns clients away because of TLS."""
    wiring = Wiring.of(snapshot)
    clients: dict[Ref, list[tuple[Workload, str]]] = {}
    servers: dict[Ref, Workload] = {}
    for found in turned_away(wiring):
        if found.denial is Denial.TLS and found.server:
            servers[found.server.ref] = found.server
            clients.setdefault(found.server.ref, []).append((found.client, found.said))
    for cry in complaints(wiring):
        backing = wiring.backings.get(cry.service or "")
        for server in backing.workloads if backing and cry.current else ():
            if server.ref not in clients and (admitted(wiring, server, Denial.TLS) or _demand(snapshot, server)):
                servers[server.ref] = server
            if server.ref in servers:
                clients.setdefault(server.ref, []).append((cry.caller, cry.line))
    for ref, server in servers.items():
        yield _case(wiring, server, clients[ref])


def _case(wiring: Wiring, server: Workload, clients: list[tuple[Workload, str]]) -> Suspicion:
    snapshot, ref = wiring.snapshot, server.ref
    demand, said = _demand(snapshot, server), admitted(wiring, server, Denial.TLS)
    actions, why = _repairs(snapshot, server, demand)
    findings = [
        seen(snapshot, client.ref, f"{client.ref.name} gets no connection: {line}") for client, line in clients
    ]
    findings = findings[:3]
    if said:
        findings.append(seen(snapshot, ref, f"{ref.name} says: {said}"))
    if demand:
        config = ref_of(snapshot, "ConfigMap", demand.config)
        findings.append(seen(snapshot, config, f"Key {demand.key} has `{demand.line}`. {why}".strip()))
    names = ", ".join(dict.fromkeys(client.ref.name for client, _ in clients))
    suffering = [r for client, _ in clients for r in (client.ref, *wiring.dependents_of(client.ref))]
    if demand:
        wants = f"{ref.name} takes only TLS connections (`{demand.line}`), and plain ones come from {names}."
    elif actions:
        wants = (
            f"{ref.name} still runs with its former TLS setting, for it has not read the new one; {names} fails."
        )
    else:
        wants = f"{ref.name} and {names} do not agree about TLS: “{said or clients[0][1]}”."
    return suspect(
        Cause.TLS_MISMATCH,
        ref,
        wants,
        findings,
        confidence=0.95 if said and demand else 0.88,
        actions=actions,
        affected=suffering,
        directness=Directness.STATED,
        changed_at=changed_at(demand.config) if demand else None,
    )


def _demand(snapshot: Snapshot, server: Workload) -> _Demand | None:
    for config in config_maps_of(snapshot, server):
        for key, text in (dig(config, "data") or {}).items():
            found = _DEMAND.search(str(text))
            if found:
                return _Demand(config, str(key), found[0].strip())
    return None


def _repairs(snapshot: Snapshot, server: Workload, demand: _Demand | None) -> tuple[tuple[Action, ...], str]:
    """Back to the setting of before, then a restart that reads it; and where that setting is known from."""
    again: tuple[Action, ...] = (Restart(target=server.ref),) if server.ref.kind in _WORKLOADS else ()
    if demand is None:
        stale = any(started_before(server, config) for config in config_maps_of(snapshot, server))
        return (again if stale else ()), ""
    before, why = declared(demand.config, demand.key), "That is not what was declared for it."
    if before is None or _DEMAND.search(before):
        before = by_siblings(snapshot, demand.config, demand.key, _MODE)
        why = "All others with this key have another setting."
    if before is None:
        return (), ""
    target = ref_of(snapshot, "ConfigMap", demand.config)
    return (SetConfigKey(target=target, key=demand.key, value=before), *again), why
