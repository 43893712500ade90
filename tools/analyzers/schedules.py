"""CronJobs that do not run when they should, and jobs that have failed for good."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.account_jobs import account_jobs
from tools.analyzers.applied import applied
from tools.analyzers.cron import never_comes
from tools.analyzers.events import events_about, message_of
from tools.analyzers.logs import clean
from tools.analyzers.objects import age, changed_at, condition, dig, is_true, owner_of, ref_of, when
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_LATELY_SECONDS = 24 * 3600.0
_MISSED = 3.0
"""Usual distances between two runs that must have passed without one."""
_WARNINGS = (
    "MissSchedule", "TooManyMissedTimes", "FailedNeedsStart", "UnparseableCronJobSchedule", "UnparseableSchedule",
    "InvalidSchedule", "UnknownTimeZone", "UnsupportedSchedule",
)  # fmt: skip
"""Reasons of events by which the controller says that it did not start a job."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each CronJob that does not run: suspended lately, times that cannot be kept or never come,
    and a schedule under which it has stopped to run as it used to."""
    for cron in snapshot.of("CronJob"):
        ref = ref_of(snapshot, "CronJob", cron)
        said = next((message_of(e) for e in events_about(snapshot, ref.kind, ref.name, *_WARNINGS)), None)
        if dig(cron, "spec", "suspend"):
            meant = applied(cron, "spec", "suspend") or age(snapshot, changed_at(cron)) > _LATELY_SECONDS
            if not meant:
                yield _case(snapshot, cron, f"The CronJob {ref.name} is suspended, so it does not run.", 0.88)
        elif said is not None:
            text = (
                f"The CronJob {ref.name} ({dig(cron, 'spec', 'schedule')}) does not run as planned: {clean(said)}"
            )
            yield _case(snapshot, cron, text, 0.9)
        else:
            yield from _not_as_before(snapshot, cron)


def _not_as_before(snapshot: Snapshot, cron: Json) -> Iterator[Suspicion]:
    name, schedule = ref_of(snapshot, "CronJob", cron).name, str(dig(cron, "spec", "schedule"))
    rhythm = _rhythm(snapshot, cron)
    used_to = f"; it used to run every {rhythm / 60:.0f} min" if rhythm else ""
    if never_comes(schedule):
        yield _case(
            snapshot,
            cron,
            f"The schedule {schedule} of CronJob {name} names a day that never comes{used_to}.",
            0.93,
        )
        return
    last, since_change = when(dig(cron, "status", "lastScheduleTime")), age(snapshot, changed_at(cron))
    silent = age(snapshot, last)
    stopped = rhythm and last and silent > _MISSED * rhythm and since_change < min(silent, _LATELY_SECONDS)
    if stopped:
        text = (
            f"CronJob {name} has not run for {silent / 60:.0f} min, since its schedule became {schedule}{used_to}."
        )
        yield _case(snapshot, cron, text, 0.75)


def _rhythm(snapshot: Snapshot, cron: Json) -> float | None:
    """Seconds between the runs of a CronJob of which jobs are left; `None` when these are too few to tell."""
    owner = ("CronJob", str(cron["metadata"]["name"]))
    jobs = (job for job in snapshot.of("Job") if owner_of(job) == owner)
    made = sorted(at for job in jobs if (at := when(job["metadata"].get("creationTimestamp"))))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(made)]
    return median(gaps) if gaps else None


def analyze_failed(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each job that failed for good lately, unless a later one of its CronJob went well.

    What becomes of AOI's own jobs is for the watch after them.
    """
    own = {job.ref.name for job in account_jobs(snapshot)}
    for job in snapshot.of("Job"):
        state = condition(job, "Failed") or {}
        if state.get("status") != "True" or age(snapshot, state.get("lastTransitionTime")) > _LATELY_SECONDS:
            continue
        ref, owner = ref_of(snapshot, "Job", job), owner_of(job)
        if ref.name in own:
            continue
        if owner and any(_went_well_after(other, job) for other in snapshot.of("Job") if owner_of(other) == owner):
            continue
        subject = Ref(kind=owner[0], name=owner[1], namespace=snapshot.namespace) if owner else ref
        said = clean(str(state.get("message") or state.get("reason") or ""))
        yield suspect(
            Cause.CRASH_LOOP,
            subject,
            f"The job {ref.name} has failed for good ({state.get('reason')}): {said}",
            [seen(snapshot, ref, f"The job has failed: {said}")],
            confidence=0.75,
            affected=[ref],
        )


def _went_well_after(other: Json, job: Json) -> bool:
    return is_true(other, "Complete") and str(other["metadata"].get("creationTimestamp")) > str(
        job["metadata"].get("creationTimestamp")
    )


def _case(snapshot: Snapshot, cron: Json, statement: str, confidence: float) -> Suspicion:
    ref = ref_of(snapshot, "CronJob", cron)
    last = dig(cron, "status", "lastScheduleTime")
    findings = [seen(snapshot, ref, statement)]
    findings += [seen(snapshot, ref, f"It ran last at {last}.")] if last else []
    return suspect(Cause.SCHEDULE, ref, statement, findings, confidence=confidence, changed_at=changed_at(cron))
