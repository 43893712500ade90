"""What changed in the pod template between two revisions."""

from datetime import datetime

from domain.cluster import Severity
from domain.errors import ClusterNotFound
from domain.probes import RevisionDiff
from tools.cluster.reader import Reader
from tools.read.differences import differences
from tools.read.outcome import Outcome, count, observe
from tools.read.revisions import Revision, revisions


async def run(reader: Reader, call: RevisionDiff, now: datetime) -> Outcome:
    """Each differing leaf as `path: old -> new`."""
    found = await revisions(reader, call.workload)
    newer = _pick(found, call, call.newer)
    earlier = tuple(r for r in found if r.number < newer.number)
    if call.older is None and not earlier:
        return Outcome(f"{call.workload} has no kept revision before {newer.number} to compare with.")
    older = _pick(found, call, call.older) if call.older is not None else earlier[-1]
    changes = differences(older.template, newer.template)
    between = f"between revision {older.number} and {newer.number} of {call.workload}"
    if not changes:
        return Outcome(f"The pod template is the same {between}.")
    seen = (
        observe(Severity.INFO, call.workload, f"Revision {newer.number} changed {change}") for change in changes
    )
    text = f"--- revision {older.number}\n+++ revision {newer.number}\n" + "\n".join(
        change.unified() for change in changes
    )
    return Outcome(f"{count(len(changes), 'difference').capitalize()} {between}.", text, tuple(seen))


def _pick(found: tuple[Revision, ...], call: RevisionDiff, number: int | None) -> Revision:
    """The revision of that number, or the current one."""
    for revision in reversed(found):
        if revision.number == number or (number is None and revision.current):
            return revision
    if number is None and found:
        return found[-1]
    kept = ", ".join(str(r.number) for r in found) or "none"
    raise ClusterNotFound(f"{call.workload} has no revision {number or ''} any more; kept are: {kept}.")
