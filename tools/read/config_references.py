"""ConfigMaps, Secrets and keys that a workload refers to, and which of them are missing."""

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref, Severity
from domain.probes import ConfigReferences
from tools.analyzers.events import message_of
from tools.analyzers.objects import Workload
from tools.analyzers.references import Reference, references
from tools.cluster.reader import Reader
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import table

_MISSING_SECRET = re.compile(r'secret "(?P<name>[^"]+)" not found|key (?P<key>\S+) in Secret \S+?/(?P<of>[\w.-]+)')


async def run(reader: Reader, call: ConfigReferences, now: datetime) -> Outcome:
    """Each reference with its state. Secrets are never read: for them Kubernetes' own complaints speak."""
    namespace = call.workload.namespace
    obj, maps, pods, events = await asyncio.gather(
        reader.get(call.workload),
        reader.list("ConfigMap", namespace),
        reader.list("Pod", namespace),
        reader.list("Event", namespace),
    )
    found = tuple(dict.fromkeys(references(Workload(call.workload, obj, ()))))
    if not found:
        return Outcome(f"{call.workload} refers to no ConfigMap and no Secret.")
    said = tuple(_complaints(pods, events))
    states = [(ref, _state(ref, maps, said)) for ref in found]
    rows = ((ref.kind, ref.name, ref.key or "(all keys)", ref.where, state) for ref, state in states)
    missing = tuple(_missing(call.workload, ref, state) for ref, state in states if state.startswith("missing"))
    note = (
        f"{call.workload} has {count(len(found), 'reference')} to ConfigMaps and Secrets, {len(missing)} missing."
    )
    return Outcome(note, table(rows), missing)


def _state(ref: Reference, maps: tuple[Json, ...], said: tuple[tuple[str, str | None], ...]) -> str:
    if ref.kind == "Secret":
        absent = (ref.name, None) in said or (ref.name, ref.key) in said
        return "missing, says Kubernetes" if absent else "not looked into; Kubernetes does not complain"
    config = next((m for m in maps if m["metadata"]["name"] == ref.name), None)
    if config is None:
        near = ", ".join(m["metadata"]["name"] for m in maps if not m["metadata"]["name"].startswith("kube-root"))
        return f"missing; there are {near or 'none'}"
    keys = (*(config.get("data") or {}), *(config.get("binaryData") or {}))
    if ref.key is not None and ref.key not in keys:
        return f"missing key; there are {', '.join(keys) or 'none'}"
    return "there"


def _missing(workload: Ref, ref: Reference, state: str) -> Observation:
    what = f"key {ref.key} of {ref.kind} {ref.name}" if ref.key else f"{ref.kind} {ref.name}"
    return observe(Severity.CRITICAL, workload, f"It refers to {what} in {ref.where}: {state}.")


def _complaints(pods: tuple[Json, ...], events: tuple[Json, ...]) -> Iterator[tuple[str, str | None]]:
    """Secrets, and keys of them, that pods wait for or events name."""
    waiting = (
        str(((status.get("state") or {}).get("waiting") or {}).get("message") or "")
        for pod in pods
        for group in ("initContainerStatuses", "containerStatuses")
        for status in (pod.get("status") or {}).get(group) or ()
    )
    for text in (*waiting, *map(message_of, events)):
        for match in _MISSING_SECRET.finditer(text):
            yield match["name"] or match["of"], match["key"]
