"""Events of a namespace, or of one object."""

from datetime import datetime

from domain.probes import Events
from tools.cluster.reader import Reader
from tools.read.describe import events_of
from tools.read.happenings import happenings, observations, recent
from tools.read.outcome import Outcome, count


async def run(reader: Reader, call: Events, now: datetime) -> Outcome:
    """Equal events counted, newest first; the warnings are what matters."""
    about = f" about {call.subject}" if call.subject else ""
    events = await (events_of(reader, call.subject) if call.subject else reader.list("Event", call.namespace))
    found = recent(happenings(events), now)
    if not found:
        return Outcome(f"No events{about} in namespace {call.namespace} in the last hour.")
    warnings = tuple(observations(found))
    note = (
        f"{count(len(found), 'kind of event', 'kinds of event').capitalize()}{about} in namespace {call.namespace}"
        f" in the last hour, {count(len(warnings), 'warning')} among them."
    )
    return Outcome(note, "\n".join(h.line(now) for h in found), warnings)
