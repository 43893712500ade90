"""CronJobs that do not run as they should, and jobs that fail."""

import pytest

from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, applied, changed, healthy, ref
from tools.analyzers import schedules
from tools.analyzers.cron import never_comes


def test_a_cron_job_suspended_by_hand() -> None:
    world = healthy()
    cron = world.add("CronJob", "nightly", {"spec": {"schedule": "0 3 * * *", "suspend": True}})
    applied(cron, {"spec": {"schedule": "0 3 * * *"}})
    changed(cron, 3600)
    [found] = world.run(schedules.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.SCHEDULE, ref("CronJob", "nightly"))


def test_a_cron_job_suspended_as_declared_or_long_ago_is_meant_so() -> None:
    world = healthy()
    declared = world.add("CronJob", "declared", {"spec": {"suspend": True}})
    applied(declared, {"spec": {"suspend": True}})
    changed(declared, 60)
    changed(world.add("CronJob", "old", {"spec": {"suspend": True}}), 200000)
    assert world.run(schedules.analyze) == []


def test_a_schedule_that_the_controller_cannot_keep() -> None:
    world = healthy()
    world.add("CronJob", "nightly", {"spec": {"schedule": "0 3 * * *", "timeZone": "Europe/Zurrich"}})
    world.event("CronJob", "nightly", "UnknownTimeZone", 'invalid timeZone: "Europe/Zurrich"')
    [found] = world.run(schedules.analyze)
    assert "Zurrich" in found.hypothesis.statement


def failed_job(world: World) -> None:
    state = {
        "type": "Failed",
        "status": "True",
        "reason": "BackoffLimitExceeded",
        "message": "Job has reached the specified backoff limit",
        "lastTransitionTime": ago(900),
    }
    job = world.add("Job", "nightly-1", {"spec": {}, "status": {"conditions": [state]}}, made=1800)
    job["metadata"]["ownerReferences"] = [{"kind": "CronJob", "name": "nightly", "controller": True}]


def test_a_job_that_failed_for_good_and_one_after_it_that_did_not() -> None:
    world = healthy()
    failed_job(world)
    [found] = world.run(schedules.analyze_failed)
    assert found.hypothesis.subject == ref("CronJob", "nightly")
    done = {"spec": {}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}}
    later = world.add("Job", "nightly-2", done, made=600)
    later["metadata"]["ownerReferences"] = [{"kind": "CronJob", "name": "nightly", "controller": True}]
    assert world.run(schedules.analyze_failed) == []


@pytest.mark.parametrize(
    ("schedule", "never"),
    [
        ("0 3 31 2 *", True),
        ("0 3 31 feb,4,jun *", True),
        ("0 3 29 2 *", False),
        ("0 3 28-31 2 *", False),
        ("0 3 31 2 mon", False),
        ("*/10 * * * *", False),
        ("0 3 */30 2 *", False),
        ("@daily", False),
    ],
)
def test_days_that_no_month_has(schedule: str, never: bool) -> None:
    assert never_comes(schedule) is never


def ran(world: World, schedule: str, *minutes: float) -> None:
    last = {"lastScheduleTime": ago(minutes[-1] * 60)}
    changed(world.add("CronJob", "export", {"spec": {"schedule": schedule}, "status": last}), 3500)
    for number, each in enumerate(minutes):
        job = world.add("Job", f"export-{number}", {"spec": {}}, made=each * 60)
        job["metadata"]["ownerReferences"] = [{"kind": "CronJob", "name": "export", "controller": True}]


def test_a_job_that_stopped_to_run_when_its_schedule_changed() -> None:
    world = healthy()
    ran(world, "*/10 3 * * *", 80, 70, 60)
    [found] = world.run(schedules.analyze)
    assert "every 10 min" in found.hypothesis.statement


def test_a_job_that_runs_as_it_always_did() -> None:
    world = healthy()
    ran(world, "*/10 * * * *", 25, 15, 5)
    assert world.run(schedules.analyze) == []
