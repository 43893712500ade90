"""CPU and memory in use against requests and limits."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from domain.cluster import Ref, Severity
from domain.errors import ClusterNotFound
from domain.probes import Usage
from tools.analyzers.containers import Container, containers
from tools.analyzers.objects import dig, name_of
from tools.cluster.reader import Reader
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.trouble import NEARLY_FULL, full
from tools.read.words import table

_HEAD = ("POD", "CONTAINER", "CPU", "REQUEST", "LIMIT", "MEMORY", "REQUEST", "LIMIT")


async def run(reader: Reader, call: Usage, now: datetime) -> Outcome:
    """One row a container; what comes near a limit is what matters."""
    try:
        usage, pods = await asyncio.gather(reader.usage(call.namespace), reader.list("Pod", call.namespace))
    except ClusterNotFound:
        return Outcome("The cluster has no metrics server, so nobody knows what the pods use.")
    rows: list[tuple[object, ...]] = []
    seen: list[Observation] = []
    for pod in pods:
        for container in containers(pod):
            used = usage.get(f"{name_of(pod)}/{container.name}")
            if used is not None:
                rows.append((name_of(pod), container.name, *_cells(container, used)))
                seen += _near_limits(Ref(kind="Pod", name=name_of(pod), namespace=call.namespace), container, used)
    if not rows:
        return Outcome(f"There are no measurements of pods in namespace {call.namespace}.")
    near = count(len(seen), "limit")
    note = f"{count(len(rows), 'container').capitalize()} measured in namespace {call.namespace}"
    return Outcome(f"{note}, {near} nearly used up.", table((_HEAD, *rows)), tuple(seen))


def _cells(container: Container, used: Mapping[str, str]) -> tuple[str, ...]:
    resources = container.spec.get("resources") or {}
    return tuple(
        cell
        for what in ("cpu", "memory")
        for cell in (
            used.get(what, "-"),
            str(dig(resources, "requests", what) or "-"),
            str(dig(resources, "limits", what) or "-"),
        )
    )


def _near_limits(ref: Ref, container: Container, used: Mapping[str, str]) -> tuple[Observation, ...]:
    limits = dig(container.spec, "resources", "limits") or {}
    return tuple(
        observe(
            Severity.WARNING,
            ref,
            f"Container {container.name} uses {used[what]} of its {what} limit of {limits[what]} ({per_cent} %).",
        )
        for what in ("cpu", "memory")
        if what in used and what in limits and (per_cent := full(used[what], limits[what])) >= NEARLY_FULL
    )
