"""CronJobs start Jobs when they are due. The world begins on a Monday at 9:00 UTC."""

from tests.lab.cluster.controllers.workloads import cron
from tests.lab.cluster.small import Object, Small, thing


def jobs(small: Small) -> list[str]:
    return [each["metadata"]["name"] for each in small.store.list("Job")]


def status(small: Small) -> Object:
    found: Object = small.get("CronJob", "report")["status"]
    return found


def starts(small: Small) -> int:
    return sum(
        count for text, count in small.events("report").items() if text.startswith("SuccessfulCreate: Created job")
    )


def test_a_job_starts_at_each_due_minute_and_is_told_when_it_ends() -> None:
    small = Small().after(299, cron("report"))
    assert jobs(small) == []
    small.after(2)
    name = f"report-{(int(small.clock.now()) - 1) // 60}"
    assert jobs(small) == [name]
    assert [each["name"] for each in status(small)["active"]] == [name]
    assert status(small)["lastScheduleTime"] == "2026-01-05T09:05:00Z"
    small.after(60)
    assert "active" not in status(small)
    assert status(small)["lastSuccessfulTime"] == small.get("Job", name)["status"]["completionTime"]
    assert small.events("report")[f"SawCompletedJob: Saw completed job: {name}, condition: Complete"] == 1


def test_only_the_last_few_jobs_are_kept() -> None:
    small = Small().after(3600, cron("report"))
    assert starts(small) == 12
    assert len(jobs(small)) == 4, "three done, and the one that has just begun"
    failing = Small().after(3600, cron("report", text="exit 1", failedJobsHistoryLimit=2))
    ended = [each for each in failing.store.list("Job") if "failed" in each["status"]]
    assert starts(failing) > 3
    assert (
        sum(
            each["status"]["conditions"][-1]["type"] == "Failed"
            for each in ended
            if "conditions" in each["status"]
        )
        <= 2
    )


def test_forbid_waits_for_the_one_that_runs() -> None:
    small = Small().after(1000, cron("report", text="sleep 700", concurrencyPolicy="Forbid"))
    assert len(jobs(small)) == 1
    text = "Not starting job because prior execution is running and concurrency policy is Forbid"
    assert small.events("report")[f"JobAlreadyActive: {text}"] >= 2
    small.after(30)
    assert starts(small) == 2, "the start that was missed is made up for"


def test_replace_ends_the_one_that_runs() -> None:
    small = Small().after(700, cron("report", text="sleep 700", concurrencyPolicy="Replace"))
    assert starts(small) == 2
    assert len(jobs(small)) == 1
    assert len(status(small)["active"]) == 1


def test_allow_lets_them_run_side_by_side() -> None:
    small = Small().after(700, cron("report", text="sleep 700"))
    assert len(status(small)["active"]) == 2


def test_a_suspended_one_starts_nothing_and_makes_up_for_the_last_start_only() -> None:
    small = Small().after(1000, cron("report", suspend=True))
    assert jobs(small) == []
    small.after(1, cron("report"))
    assert len(jobs(small)) == 1


def test_a_missed_start_beyond_the_deadline_is_lost() -> None:
    small = Small().after(1000, cron("report", suspend=True))
    small.after(1, cron("report", startingDeadlineSeconds=60))
    assert jobs(small) == []


def test_the_time_zone_decides_when_it_is_nine() -> None:
    small = Small().after(3600, cron("report", "30 10 * * *", timeZone="Europe/Berlin"))
    assert status(small)["lastScheduleTime"] == "2026-01-05T09:30:00Z"


def test_a_job_that_the_api_refuses_is_told_and_tried_again() -> None:
    small = Small().after(1, thing("ResourceQuota", "none", spec={"hard": {"count/jobs.batch": "0"}}))
    small.after(310, cron("report"))
    refused = [
        text for text in small.events("report") if text.startswith("FailedCreate: Error creating job: jobs.batch")
    ]
    assert len(refused) == 1
    small.store.delete("ResourceQuota", "default", "none")
    small.after(60)
    assert starts(small) == 1


def test_deleting_it_takes_its_jobs_and_pods_along() -> None:
    small = Small().after(302, cron("report"))
    small.delete("CronJob", "report")
    small.after(60)
    assert jobs(small) == []
    assert small.pods("report") == []


def test_a_macro_is_a_schedule_too() -> None:
    small = Small().after(10, cron("report", "@daily"))
    assert jobs(small) == []
    small.after(15 * 3600)
    assert status(small)["lastScheduleTime"] == "2026-01-06T00:00:00Z"
