"""Runs that share their preparation end as they would alone."""

import threading
from pathlib import Path

import pytest

from app.lab_pool import Job, bundles, rehearse, run_alone, run_together, stages
from app.lab_run import run
from domain.errors import BadInput
from lab.graders import grader_of
from lab.suite import load_suite

THREE_WAYS = """
name: orders-port
title: The Service of orders points at a port where nobody listens
app: shop
ask: [detection, localization, mitigation]
fault:
  - {op: patch, target: Service/orders, body: {spec: {ports: [{port: 8080, targetPort: 9999}]}}}
truth:
  anomaly: true
  causes: [wrong-target-port]
  components: [Service/orders]
  system_level: Virtualization
  fault_type: Misconfiguration
recovery: [{check: endpoints, service: orders, port: 8080}]
fix:
  - {op: patch, target: Service/orders, body: {spec: {ports: [{port: 8080, targetPort: 8080}]}}}
"""


@pytest.fixture
def suite(tmp_path: Path) -> str:
    (tmp_path / "orders.yaml").write_text(THREE_WAYS)
    return str(tmp_path)


@pytest.mark.parametrize("renamed", [False, True])
def test_the_verdicts_of_runs_together_are_those_of_runs_alone(suite: str, renamed: bool) -> None:
    names = [f"orders-port-{kind}" for kind in ("detection", "localization", "mitigation")]
    jobs = tuple(Job(suite, name, "playbook", 1, renamed) for name in names)
    together = [result.model_copy(update={"seconds": 0}) for result in run_together(jobs)]
    assert together == [run_alone(job).model_copy(update={"seconds": 0}) for job in jobs]
    assert all(result.success for result in together)


def test_a_run_may_be_judged_by_the_published_rules(suite: str) -> None:
    """They know no right place for a problem that is not the benchmark's."""
    job = Job(suite, "orders-port-localization", "playbook", 1, rename=False, grader="aiopslab")
    assert run_alone(job).reasons == ("The submitted answer ['orders'] is not [].",)
    with pytest.raises(BadInput, match="no grader 'kind'; write one of strict, aiopslab"):
        grader_of("kind")


def test_a_log_shows_both_graders_and_takes_none_of_them(suite: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="leave --grader or --log-dir out"):
        run(suite, "playbook", "*", 1, 1, 0, False, None, tmp_path, "aiopslab")


def test_the_largest_group_is_first_and_every_job_is_there_once() -> None:
    suite = load_suite("basics")
    jobs = [Job("basics", task.id, "playbook", seed, False) for seed in (1, 2) for task in suite.tasks]
    extra = [job for job in jobs if job.seed == 2 or job.task < "c"]
    ordered = bundles(suite, extra)
    assert sorted(map(repr, (job for bundle in ordered for job in bundle))) == sorted(map(repr, extra))
    assert [bundle[0].seed for bundle in ordered] == sorted((bundle[0].seed for bundle in ordered), reverse=True)
    assert all(len({job.seed for job in bundle}) == 1 for bundle in ordered)


def test_a_row_holds_the_incidents_of_one_application_under_one_seed() -> None:
    suite = load_suite("aiopslab-86")
    applications = {task.id: task.drillable.application.app.name for task in suite.tasks}
    rows = stages(
        suite, [Job("aiopslab-86", task.id, "playbook", seed, False) for seed in (1, 2) for task in suite.tasks]
    )
    shared = [{(applications[job.task], job.seed) for bundle in row for job in bundle} for row in rows]
    assert all(len(each) == 1 for each in shared)
    assert len(set.union(*shared)) == len(rows) == 2 * len(set(applications.values()))


def test_a_rehearsal_leaves_no_thread_that_a_fork_would_lose() -> None:
    before = set(threading.enumerate())
    rehearse()
    assert set(threading.enumerate()) <= before
