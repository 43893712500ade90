"""Lines that contain a text, over the pods of a namespace or of one workload."""

import asyncio
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref
from domain.errors import AoiError
from domain.probes import SearchLogs
from tools.analyzers.containers import containers
from tools.analyzers.objects import dig, name_of
from tools.analyzers.policies import selects
from tools.cluster.reader import Reader
from tools.compress import compress_lines
from tools.read.logs import said
from tools.read.outcome import Observation, Outcome, count, in_turn

LINES = 1_000
"""Last lines of each container that are searched."""
MAX_CONTAINERS = 60


async def run(reader: Reader, call: SearchLogs, now: datetime) -> Outcome:
    """The matching lines by container."""
    pods = await _pods(reader, call)
    places = [(name_of(pod), c.name) for pod in pods for c in containers(pod) if c.running or c.ended]
    searched = places[:MAX_CONTAINERS]
    logs = await asyncio.gather(*(_matches(reader, call, pod, container) for pod, container in searched))
    blocks: list[str] = []
    seen: list[tuple[Observation, ...]] = []
    for (pod, container), lines in zip(searched, logs, strict=True):
        if lines:
            blocks.append(f"{pod}/{container}:\n" + "\n".join(f"  {line}" for line in lines))
            ref = Ref(kind="Pod", name=pod, namespace=call.namespace)
            seen.append(tuple(said(ref, compress_lines(lines))))
    total = sum(len(lines) for lines in logs if lines)
    left = f" of {len(places)}" if len(places) > len(searched) else ""
    unread = f"; {count(logs.count(None), 'log')} could not be read" if None in logs else ""
    where = f"the last {LINES} lines of {count(len(searched), 'container')}{left}"
    note = (
        f"{count(total, 'line').capitalize()} with “{call.text}” in {where} in namespace {call.namespace}{unread}."
    )
    return Outcome(note, "\n".join(blocks), in_turn(seen))


async def _pods(reader: Reader, call: SearchLogs) -> tuple[Json, ...]:
    if call.workload is None:
        return await reader.list("Pod", call.namespace)
    if call.workload.kind == "Pod":
        return (await reader.get(call.workload),)
    workload, pods = await asyncio.gather(reader.get(call.workload), reader.list("Pod", call.namespace))
    selector = dig(workload, "spec", "selector")
    if selector and "matchLabels" not in selector and "matchExpressions" not in selector:
        selector = {"matchLabels": selector}  # Services and ReplicationControllers write it bare.
    return tuple(pod for pod in pods if selects(selector, pod["metadata"].get("labels") or {}))


async def _matches(reader: Reader, call: SearchLogs, pod: str, container: str) -> tuple[str, ...] | None:
    """The lines with the text; `None` for a log that could not be read, which must not hide the others."""
    try:
        lines = await reader.log(call.namespace, pod, container, tail=LINES)
    except AoiError:
        return None
    text = call.text.casefold()
    return tuple(line for line in lines if text in line.casefold())
