"""Jobs run to an end, by success or by one of the limits."""

import pytest

from tests.lab.cluster.controllers.workloads import job
from tests.lab.cluster.small import Object, Small, thing


def status(small: Small, name: str = "import") -> Object:
    found: Object = small.get("Job", name)["status"]
    return found


def conditions(small: Small, name: str = "import") -> dict[str, str]:
    return {each["type"]: f"{each['reason']}: {each['message']}" for each in status(small, name)["conditions"]}


def test_a_job_runs_its_pods_in_parallel_until_enough_have_succeeded() -> None:
    small = Small().after(3, job("import", completions=5, parallelism=2))
    assert (status(small)["active"], status(small)["ready"]) == (2, 2)
    assert "completionTime" not in status(small)
    small.after(60)
    assert status(small)["succeeded"] == 5
    assert "active" not in status(small)
    reached = "CompletionsReached: Reached expected number of succeeded pods"
    assert conditions(small) == {"SuccessCriteriaMet": reached, "Complete": reached}
    assert status(small)["completionTime"] > status(small)["startTime"]
    events = small.events("import")
    assert events["Completed: Job completed"] == 1
    assert sum(text.startswith("SuccessfulCreate: Created pod: import-") for text in events) == 5


def test_pods_are_known_by_the_uid_of_their_job() -> None:
    small = Small().after(3, job("import"))
    made = small.get("Job", "import")
    label = "batch.kubernetes.io/controller-uid"
    assert made["spec"]["selector"]["matchLabels"] == {label: made["metadata"]["uid"]}
    assert small.pod("import")["metadata"]["labels"][label] == made["metadata"]["uid"]
    assert small.pod("import")["metadata"]["labels"]["job-name"] == "import"


def test_failed_pods_are_replaced_ever_more_slowly_up_to_the_limit() -> None:
    small = Small().after(8, job("import", "exit 3", backoffLimit=2))
    assert (len(small.pods("import")), status(small)["failed"]) == (1, 1)
    small.after(10)
    assert len(small.pods("import")) == 2
    small.after(60)
    assert status(small)["failed"] == 3
    limit = "BackoffLimitExceeded: Job has reached the specified backoff limit"
    assert conditions(small) == {"FailureTarget": limit, "Failed": limit}
    assert small.events("import")[limit] == 1
    assert len(small.pods("import")) == 3, "failed pods stay, for their logs"


def test_with_on_failure_restarts_count() -> None:
    small = Small().after(120, job("import", "exit 3", policy="OnFailure", backoffLimit=2))
    assert conditions(small)["Failed"].startswith("BackoffLimitExceeded: ")
    assert small.pods("import") == []


def test_a_deadline_ends_what_still_runs() -> None:
    small = Small().after(29, job("import", "sleep 999", activeDeadlineSeconds=30))
    assert status(small)["active"] == 1
    small.after(2)
    assert list(conditions(small)) == ["FailureTarget"]
    small.after(60)
    text = "DeadlineExceeded: Job was active longer than specified deadline"
    assert conditions(small)["Failed"] == text
    assert small.events("import")[text] == 1
    assert small.pods("import") == []


def test_a_finished_job_goes_after_its_time_with_its_pods() -> None:
    small = Small().after(20, job("import", ttlSecondsAfterFinished=60))
    assert status(small)["succeeded"] == 1
    small.after(70)
    assert small.store.get("Job", "default", "import") is None
    assert small.pods("import") == []


def test_an_indexed_job_does_each_index_once() -> None:
    text = 'if [ "$JOB_COMPLETION_INDEX" = 1 ]; then exit 1; fi; sleep 2'
    small = Small().after(20, job("import", text, completions=3, parallelism=3, completionMode="Indexed"))
    assert status(small)["completedIndexes"] == "0,2"
    hosts = {pod["spec"]["hostname"] for pod in small.pods("import")}
    assert hosts == {"import-0", "import-1", "import-2"}


def test_a_work_queue_is_done_when_one_succeeded_and_none_runs() -> None:
    small = Small().after(30, job("import", parallelism=2))
    assert status(small)["succeeded"] == 2
    assert "Complete" in conditions(small)


def test_a_suspended_job_has_no_pods_until_it_is_resumed() -> None:
    small = Small().after(5, job("import", "sleep 60"))
    made = small.get("Job", "import")
    small.store.update("Job", {**made, "spec": {**made["spec"], "suspend": True}})
    small.after(60)
    assert small.pods("import") == []
    assert conditions(small) == {"Suspended": "JobSuspended: Job suspended"}
    made = small.get("Job", "import")
    small.store.update("Job", {**made, "spec": {**made["spec"], "suspend": False}})
    small.after(100)
    assert conditions(small)["Suspended"] == "JobResumed: Job resumed"
    assert status(small)["succeeded"] == 1
    assert "failed" not in status(small)


def test_a_pod_that_somebody_deleted_counts_as_failed_and_is_replaced() -> None:
    small = Small().after(5, job("import", "sleep 60"))
    small.delete("Pod", small.pod("import")["metadata"]["name"], grace=0)
    small.after(20)
    assert status(small)["failed"] == 1
    assert len(small.pods("import")) == 1


def test_a_quota_that_refuses_is_told() -> None:
    small = Small().after(1, thing("ResourceQuota", "none", spec={"hard": {"pods": "0"}}))
    small.after(10, job("import"))
    assert any(text.startswith("FailedCreate: Error creating: pods ") for text in small.events("import"))


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
def test_equal_seeds_give_equal_jobs(policy: str) -> None:
    made = [Small(seed=5).after(120, job("import", "exit 1", policy=policy)) for _ in range(2)]
    assert made[0].store.list("Pod") == made[1].store.list("Pod")
    assert made[0].store.list("Job") == made[1].store.list("Job")
