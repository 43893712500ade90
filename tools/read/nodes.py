"""Conditions, taints, pressure and room of the nodes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_TOLD_EACH = 4
"""Nodes of the same state that are told one by one."""


async def run(reader: Reader, call: Nodes, now: datetime) -> Outcome:
    """Each node with what it has room for; those that are not ready, pressed or cordoned are what matters."""
    nodes = (await reader.get(Ref(kind="Node", name=call.node)),) if call.node else await reader.list("Node", None)
    if not nodes:
        return Outcome("The cluster has no nodes.")
    pods = await _pods(reader)
    rooms = {name_of(node): _room(node, pods) for node in nodes}
    troubles = [o for node in nodes for o in object_troubles(Ref(kind="Node", name=name_of(node)), node)]
    bad = sum(o.severity is not Severity.INFO for o in troubles)
    note = f"{count(len(nodes), 'node').capitalize()}, {count(bad, 'problem')}."
    text = "\n\n".join(_block(node, rooms[name_of(node)]) for node in nodes)
    return Outcome(note, text, (*troubles, *_states(nodes, rooms)))


def _states(nodes: Sequence[Json], rooms: Mapping[str, str]) -> Iterator[Observation]:
    """State and room of each node; of many that are alike, one sentence about the one with most CPU left."""
    alike: dict[tuple[str, str], list[Json]] = {}
    for node in nodes:
        alike.setdefault(node_state(node), []).append(node)
    for (ready, taints), same in sorted(alike.items(), key=lambda item: len(item[1])):
        told = (
            same if len(same) <= _TOLD_EACH else [max(same, key=lambda node: _first_number(rooms[name_of(node)]))]
        )
        others = f", like {len(same) - 1} others that have less room" if len(told) < len(same) else ""
        for node in told:
            name = name_of(node)
            text = f"It is {ready} with {taints}{others}; free: {rooms[name]}."
            yield observe(Severity.INFO, Ref(kind="Node", name=name), text)


def _first_number(room: str) -> Decimal:
    return amount(room.partition(" ")[0]) or Decimal(0)


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
