"""Resource quotas and limit ranges, used against hard."""

from collections.abc import Iterator
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref, Severity
from domain.probes import Quotas
from tools.analyzers.objects import dig, name_of, ref_of
from tools.cluster.reader import Reader
from tools.read.look import look
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.trouble import NEARLY_FULL, full, quota_rows
from tools.read.words import as_yaml, section, table


async def run(reader: Reader, call: Quotas, now: datetime) -> Outcome:
    """Each quota's rows; what is nearly or wholly used up is what matters."""
    seen = await look(reader, call.namespace, ("ResourceQuota", "LimitRange"), now)
    quotas, ranges = seen.of("ResourceQuota"), seen.of("LimitRange")
    if not quotas and not ranges:
        return Outcome(f"No quotas and no limit ranges in namespace {call.namespace}.")
    found: list[Observation] = []
    for quota in quotas:
        found += _told(ref_of(seen, "ResourceQuota", quota), quota)
    rows = ((name_of(q), name, used, hard) for q in quotas for name, used, hard in quota_rows(q))
    text = section("Quotas", table((("QUOTA", "RESOURCE", "USED", "HARD"), *rows)))
    text += "".join(
        "\n\n" + section(f"LimitRange {name_of(r)}", as_yaml(dig(r, "spec", "limits"))) for r in ranges
    )
    note = f"{count(len(quotas), 'quota').capitalize()} and {count(len(ranges), 'limit range')}"
    return Outcome(f"{note} in namespace {call.namespace}.", text, tuple(found))


def _told(ref: Ref, quota: Json) -> Iterator[Observation]:
    """A sentence for each row that is used up or nearly so, and one for all others."""
    roomy: list[str] = []
    for name, used, hard in quota_rows(quota):
        share = full(used, hard)
        if share < NEARLY_FULL:
            roomy.append(f"{name} {used} of {hard}")
            continue
        severity = Severity.CRITICAL if share >= 100 else Severity.WARNING
        yield observe(severity, ref, f"{name}: {used} of {hard} is used ({share} %).")
    if roomy:
        yield observe(Severity.INFO, ref, f"There is room in: {', '.join(roomy)}.")
