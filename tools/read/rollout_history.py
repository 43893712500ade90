"""The revisions of a workload: when, image, and what each changed."""

from datetime import datetime

from domain.cluster import Severity
from domain.probes import RolloutHistory
from tools.cluster.reader import Reader
from tools.read.differences import Difference, differences, in_short
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.revisions import Revision, images, revisions
from tools.read.words import ago, at


async def run(reader: Reader, call: RolloutHistory, now: datetime) -> Outcome:
    """Each revision with its difference from the one before."""
    found = await revisions(reader, call.workload)
    if not found:
        return Outcome(f"{call.workload} has no kept revisions.")
    blocks: list[str] = []
    seen: list[Observation] = []
    for i, revision in enumerate(found):
        changes = differences(found[i - 1].template, revision.template) if i else ()
        blocks.append(_block(revision, changes, now))
        if i:
            mark = ", the current one," if revision.current else ""
            text = f"Revision {revision.number}{mark} made {at(revision.made_at)} changed {in_short(changes)}"
            seen.append(observe(Severity.INFO, call.workload, text))
    note = f"{call.workload} has {count(len(found), 'kept revision')}"
    last = max((r.made_at for r in found if r.made_at), default=None)
    return Outcome(f"{note}, the newest made {ago(last, now)}.", "\n\n".join(blocks), tuple(reversed(seen)))


def _block(revision: Revision, changes: tuple[Difference, ...], now: datetime) -> str:
    current = " (current)" if revision.current else ""
    cause = f", cause: {revision.cause}" if revision.cause else ""
    head = f"Revision {revision.number}{current}, {ago(revision.made_at, now)}, {images(revision.template)}{cause}"
    return "\n".join((head, *(f"  {change}" for change in changes)))
