"""The end of one container's log."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.cluster import Ref, Severity
from domain.probes import Logs
from tools.analyzers.logs import clean
from tools.cluster.reader import Reader
from tools.compress import Level, LogTemplate, compress_lines
from tools.read.outcome import Observation, Outcome, count, observe

_RANK = {Level.ERROR: 0, Level.WARNING: 1, Level.NONE: 2, Level.INFO: 3, Level.DEBUG: 4}
_SEVERITY = {Level.ERROR: Severity.CRITICAL, Level.WARNING: Severity.WARNING}


async def run(reader: Reader, call: Logs, now: datetime) -> Outcome:
    """The lines themselves, and what they say, equal ones counted."""
    ref = Ref(kind="Pod", name=call.pod, namespace=call.namespace)
    container = call.container or await _first(reader, ref)
    lines = await reader.log(call.namespace, call.pod, container, call.previous, call.tail)
    which = f"{'previous ' if call.previous else ''}log of {call.pod}/{container}"
    if not any(line.strip() for line in lines):
        return Outcome(f"The {which} is empty.")
    templates = compress_lines(lines)
    note = f"Read {count(len(lines), 'line')} of the {which}: {count(len(templates), 'different message')}."
    return Outcome(note, "\n".join(lines), tuple(said(ref, templates)))


def said(ref: Ref, templates: Sequence[LogTemplate]) -> Iterator[Observation]:
    """What the log says, most telling first: severity before rarity. Each level and status code stands alone."""
    for template in sorted(templates, key=lambda t: (_RANK[t.level], t.count)):
        yield observe(
            _SEVERITY.get(template.level, Severity.INFO), ref, f"Log{often(template)}: {clean(template.last)}"
        )


def often(template: LogTemplate) -> str:
    """How often and when such lines were written: ` (14 times, 10:02:11 to 10:09:40)`, ` (10:02:11)` for one."""
    since, until = template.since, template.until
    if template.count == 1:
        return f" ({since:%H:%M:%S})" if since else ""
    span = ""
    if since and until:
        day = "" if since.date() == until.date() else "%d %b "
        span = f", {since:{day}%H:%M:%S} to {until:{day}%H:%M:%S}"
    return f" ({template.count} times{span})"


async def _first(reader: Reader, ref: Ref) -> str:
    """The container that `kubectl logs` would take: the annotated one, or the first."""
    pod = await reader.get(ref)
    chosen = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    return str(chosen or pod["spec"]["containers"][0]["name"])
