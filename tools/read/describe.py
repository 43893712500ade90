"""One object with its conditions, its events and its owners."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref, Severity
from domain.probes import Describe
from tools.analyzers.objects import dig
from tools.cluster.reader import Reader
from tools.read.differences import drift_in_words
from tools.read.get import gist
from tools.read.happenings import happenings, observations
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.trouble import object_troubles, pod_troubles
from tools.read.words import as_yaml, section, table, without_noise

_GOOD_WHEN_FALSE = ("Pressure", "NetworkUnavailable", "ReplicaFailure", "Failed", "DisruptionTarget")
"""Endings of condition types that name a trouble."""


async def run(reader: Reader, call: Describe, now: datetime) -> Outcome:
    """The object, what it says of itself, and what was said about it lately."""
    obj, events = await asyncio.gather(reader.get(call.target), events_of(reader, call.target))
    found = happenings(events)
    owners = [(o.get("kind"), o.get("name")) for o in obj["metadata"].get("ownerReferences") or ()]
    text = "\n\n".join(
        (
            section("Object", as_yaml(without_noise(obj))),
            section("Owners", table(owners)),
            section("Events", "\n".join(h.line(now) for h in found)),
        )
    )
    seen = (gist(call.target, obj), *_troubles(call.target, obj), *observations(found))
    return Outcome(
        f"Described {call.target} with {count(len(found), 'kind of event', 'kinds of event')}.", text, seen
    )


async def events_of(reader: Reader, ref: Ref) -> tuple[Json, ...]:
    """The events about one object; those of cluster-scoped objects lie in the namespace `default`."""
    fields = f"involvedObject.kind={ref.kind},involvedObject.name={ref.name}"
    return await reader.list("Event", ref.namespace or "default", field_selector=fields)


def _troubles(ref: Ref, obj: Json) -> Iterator[Observation]:
    if ref.kind == "Pod":
        yield from pod_troubles(ref, obj)
        return
    yield from object_troubles(ref, obj)
    if drifted := drift_in_words(obj):
        yield observe(Severity.WARNING, ref, drifted)
    if ref.kind == "Node":
        return
    for state in dig(obj, "status", "conditions") or ():
        kind, status = str(state.get("type")), state.get("status")
        if status == ("True" if kind.endswith(_GOOD_WHEN_FALSE) else "False"):
            said = state.get("message") or state.get("reason") or "no message"
            yield observe(Severity.WARNING, ref, f"{kind} is {status}: {said}")
    owners = [o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")]
    for owner in owners:
        yield observe(Severity.INFO, ref, f"It belongs to {owner.get('kind')} {owner.get('name')}.")
