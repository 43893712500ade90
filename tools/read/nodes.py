"""Conditions, taints, pressure and room of the nodes."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from domain.base import Json
from domain.cluster import Ref, Severity
from domain.errors import AoiError
from domain.probes import Nodes
from tools.analyzers.objects import dig, is_live, name_of
from tools.analyzers.quantity import amount, like
from tools.analyzers.wiring import all_containers
from tools.cluster.reader import Reader
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.summary import node_state
from tools.read.trouble import object_troubles
from tools.read.words import pairs, section

_RESOURCES = ("cpu", "memory")


async def run(reader: Reader, call: Nodes, now: datetime) -> Outcome:
    """Each node with what it has room for; those that are not ready, pressed or cordoned are what matters."""
    nodes = (await reader.get(Ref(kind="Node", name=call.node)),) if call.node else await reader.list("Node", None)
    if not nodes:
        return Outcome("The cluster has no nodes.")
    pods = await _pods(reader)
    seen: list[Observation] = []
    blocks: list[str] = []
    for node in nodes:
        ref = Ref(kind="Node", name=name_of(node))
        room = _room(node, pods)
        ready, taints = node_state(node)
        seen += object_troubles(ref, node)
        seen.append(observe(Severity.INFO, ref, f"It is {ready} with {taints}; free: {room}."))
        blocks.append(_block(node, room))
    bad = sum(o.severity is not Severity.INFO for o in seen)
    return Outcome(
        f"{count(len(nodes), 'node').capitalize()}, {count(bad, 'problem')}.", "\n\n".join(blocks), tuple(seen)
    )


async def _pods(reader: Reader) -> tuple[Json, ...] | None:
    """The pods of all namespaces, or `None` when this identity may not see them."""
    try:
        return await reader.list("Pod", None)
    except AoiError:
        return None


def _room(node: Json, pods: Iterable[Json] | None) -> str:
    """What is left of the allocatable resources after all requests; all of it when pods cannot be seen."""
    if pods is None:
        return "unknown, pods of other namespaces cannot be read"
    own = [p for p in pods if dig(p, "spec", "nodeName") == name_of(node) and is_live(p)]
    parts = []
    for resource in _RESOURCES:
        whole = amount(dig(node, "status", "allocatable", resource))
        if whole is not None:
            used = sum((_requested(pod, resource) for pod in own), Decimal(0))
            parts.append(f"{like(whole - used, resource)} of {like(whole, resource)} {resource}")
    return ", ".join((*parts, f"{len(own)} of {dig(node, 'status', 'allocatable', 'pods') or '?'} pods"))


def _requested(pod: Json, resource: str) -> Decimal:
    requests = (amount(dig(c, "resources", "requests", resource) or "0") for c in all_containers(pod["spec"]))
    return sum((r for r in requests if r is not None), Decimal(0))


def _block(node: Json, room: str) -> str:
    ready, taints = node_state(node)
    lines = [f"state {ready}; taints {taints}; free {room}", f"labels {pairs(node['metadata'].get('labels'))}"]
    lines += (
        f"{c.get('type')} {c.get('status')} {c.get('reason')}: {c.get('message')}"
        for c in dig(node, "status", "conditions") or ()
    )
    return section(name_of(node), "\n".join(lines))
