"""Services, their selectors, ports and endpoints, and the pods behind them."""

from collections.abc import Iterator
from datetime import datetime

from domain.base import Json
from domain.cluster import Severity
from domain.errors import ClusterNotFound
from domain.probes import ServiceWiring
from tools.analyzers.objects import dig, is_ready, name_of, workloads
from tools.analyzers.wiring import Backing, Wiring, all_containers
from tools.cluster.reader import Reader
from tools.read.look import look
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import pairs, section
from tools.snapshot import Snapshot

_KINDS = ("Service", "EndpointSlice", "Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ConfigMap")


async def run(reader: Reader, call: ServiceWiring, now: datetime) -> Outcome:
    """Each Service with what stands behind it and who names it; broken links are what matters."""
    seen = await look(reader, call.namespace, _KINDS, now)
    wiring = Wiring(seen)
    backings = [b for b in wiring.backings.values() if call.service in (None, b.ref.name)]
    if not backings:
        if call.service and seen.named("Service", call.service) is None:
            raise ClusterNotFound(f"There is no Service {call.service} in namespace {call.namespace}.")
        return Outcome(f"There are no Services with a selector in namespace {call.namespace}.")
    broken = [o for b in backings for o in _troubles(b, seen)]
    facts = [_fact(b, wiring) for b in backings] if call.service else []
    note = f"{count(len(backings), 'Service').capitalize()} looked at in namespace {call.namespace}"
    text = "\n\n".join(_block(b, wiring) for b in backings)
    return Outcome(f"{note}, {count(len(broken), 'broken link')}.", text, (*broken, *facts))


def _troubles(backing: Backing, seen: Snapshot) -> Iterator[Observation]:
    if not backing.pods:
        selector = dig(backing.service, "spec", "selector")
        near = [w for w in workloads(seen) if _shares(selector, dig(w.template, "metadata", "labels") or {})]
        hint = f"; {near[0].ref} has {pairs(dig(near[0].template, 'metadata', 'labels'))}" if near else ""
        yield observe(Severity.CRITICAL, backing.ref, f"Its selector {pairs(selector)} matches no pod{hint}.")
    elif not backing.ready:
        yield observe(
            Severity.CRITICAL, backing.ref, f"None of {count(len(backing.pods), 'pod')} behind it is ready."
        )
    for port in backing.ports:
        target = port.get("targetPort", port.get("port"))
        declared = _ports(backing.pods)
        names = {name for name, _ in declared if name}
        numbers = {number for _, number in declared}
        if isinstance(target, str) and backing.pods and target not in names:
            text = f"Port {port.get('port')} goes to the port named {target}, which no pod has."
            yield observe(Severity.CRITICAL, backing.ref, text)
        elif isinstance(target, int) and numbers and target not in numbers:
            said = ", ".join(map(str, sorted(numbers)))
            text = f"Port {port.get('port')} goes to {target}, but the pods declare {said}."
            yield observe(Severity.WARNING, backing.ref, text)


def _shares(selector: Json, labels: Json) -> bool:
    """Whether some but not all of a selector holds: the sign of a typo."""
    return any(labels.get(key) == value for key, value in selector.items()) or any(
        key in labels for key in selector
    )


def _ports(pods: tuple[Json, ...]) -> set[tuple[str | None, int]]:
    """Names and numbers of the ports that the pods declare."""
    return {
        (port.get("name"), int(port["containerPort"]))
        for pod in pods
        for container in all_containers(pod["spec"])
        for port in container.get("ports") or ()
    }


def _fact(backing: Backing, wiring: Wiring) -> Observation:
    ports = ", ".join(f"{p.get('port')} to {p.get('targetPort', p.get('port'))}" for p in backing.ports)
    callers = ", ".join(ref.name for ref in wiring.callers_of(backing.ref.name)) or "nobody we can see"
    text = (
        f"It sends port {ports} to {backing.ready} ready of {count(len(backing.pods), 'pod')}; named by {callers}."
    )
    return observe(Severity.INFO, backing.ref, text)


def _block(backing: Backing, wiring: Wiring) -> str:
    pods = [
        f"pod {name_of(p)} {dig(p, 'status', 'podIP') or 'no ip'} {'ready' if is_ready(p) else 'not ready'}"
        for p in backing.pods
    ]
    slices = [
        _endpoint(endpoint, part)
        for part in wiring.snapshot.of("EndpointSlice")
        if (part["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == backing.ref.name
        for endpoint in part.get("endpoints") or ()
    ]
    ports = ", ".join(
        f"{p.get('name') or ''} {p.get('port')}->{p.get('targetPort')}".strip() for p in backing.ports
    )
    declared = ", ".join(
        f"{name or ''} {number}".strip() for name, number in sorted(_ports(backing.pods), key=str)
    )
    lines = [
        f"selector {pairs(dig(backing.service, 'spec', 'selector'))}",
        f"ports {ports or 'none'}; declared by the pods: {declared or 'none'}",
        f"named by {', '.join(r.name for r in wiring.callers_of(backing.ref.name)) or 'nobody we can see'}",
    ]
    return section(backing.ref.name, "\n".join((*lines, *pods, *slices)))


def _endpoint(endpoint: Json, part: Json) -> str:
    ports = ",".join(str(port.get("port")) for port in part.get("ports") or ())
    state = "ready" if dig(endpoint, "conditions", "ready") else "not ready"
    return f"endpoint {','.join(endpoint.get('addresses') or ())} port {ports or 'none'} {state}"
