"""The suite `aiopslab-86` holds the benchmark's tasks, and its published rules judge as AIOpsLab does."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.cluster import Ref
from domain.diagnosis import Diagnosis
from lab import published
from lab.checks import Watched
from lab.drill import Drill
from lab.grade import Case
from lab.look import fares
from lab.operations import Exec, Operation, Patch, Scale
from lab.scenario import TaskType
from lab.suite import Task, load_suite
from lab.validate import right_answer, validate
from lab.view import View

SUITE = load_suite("aiopslab-86")
TASKS = {task.id: task for task in SUITE.tasks}
PUBLISHED: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("aiopslab_86.yaml").read_text())
NOWHERE = View(0, {}, {})
REPAIRED = (
    ("k8s_target_port-misconfig-mitigation-2", True),
    ("auth_miss_mongodb-mitigation-1", False),
    ("revoke_auth_mongodb-mitigation-2", True),
    ("redeploy_without_PV-mitigation-1", True),
)
"""Tasks whose graders are graded here, and whether under other names; `make test-lab` does all."""


def judged(task: Task, **answer: Any) -> bool:
    """What the published rules make of an answer in words."""
    told = Diagnosis(root_cause="As told.", **{"anomaly": True, **answer})
    case = Case(task.drillable.scenario, task.type, task.drillable.namespace, NOWHERE)
    return published.grade(case, told, Watched(NOWHERE, NOWHERE)).success


@contextmanager
def mitigated(name: str, operations: Iterable[Operation] | None = (), later: float = 0) -> Iterator[Drill]:
    """A mitigation's world after operations (`None`: the reference fix) and some seconds more."""
    with Drill.prepare(TASKS[f"{name}-mitigation-1"], seed=1) as drill:
        drill.perform(drill.scenario.fix if operations is None else operations)
        drill.cluster.advance(later)
        yield drill


def test_the_suite_holds_exactly_the_tasks_that_papers_count() -> None:
    listed = {kind: set(ids) for kind, ids in PUBLISHED.items()}
    found = {kind.value: {task.id for task in SUITE.tasks if task.type is kind} for kind in TaskType}
    assert found == listed
    assert {kind: len(ids) for kind, ids in found.items()} == {
        "detection": 32,
        "localization": 28,
        "analysis": 13,
        "mitigation": 13,
    }
    apps = Counter(task.drillable.application.app.name for task in SUITE.tasks)
    assert apps == {"hotel-reservation": 38, "social-network": 25, "astronomy-shop": 23}
    assert len({task.drillable.scenario.fault_family for task in SUITE.tasks}) == 26


def test_train_and_held_out_share_no_family() -> None:
    train, held_out = load_suite("aiopslab-86:train"), load_suite("aiopslab-86:held-out")
    assert (len(train.tasks), len(held_out.tasks)) == (23, 63)
    assert {task.id for task in (*train.tasks, *held_out.tasks)} == set(TASKS)
    families = [{task.drillable.scenario.fault_family for task in part.tasks} for part in (train, held_out)]
    assert not families[0] & families[1]


def test_every_task_has_the_general_question() -> None:
    assert all(task.drillable.scenario.question is None for task in SUITE.tasks)


def test_every_mitigation_has_near_misses() -> None:
    for identity in PUBLISHED["mitigation"]:
        assert len(TASKS[identity].drillable.scenario.near_misses) >= 2


@pytest.mark.parametrize(("identity", "expected"), PUBLISHED["detection"].items())
def test_a_detection_expects_the_published_word(identity: str, expected: str) -> None:
    assert judged(TASKS[identity], anomaly=expected == "Yes")
    assert not judged(TASKS[identity], anomaly=expected != "Yes")


@pytest.mark.parametrize(("identity", "accepted"), PUBLISHED["localization"].items())
def test_a_localization_expects_the_published_services(identity: str, accepted: list[list[str]]) -> None:
    def refs(*names: str) -> tuple[Ref, ...]:
        return tuple(Ref(kind="Deployment", name=name, namespace="any") for name in names)

    task = TASKS[identity]
    assert all(judged(task, components=refs(*answer)) for answer in accepted)
    assert not judged(task, components=refs("jaeger"))
    assert not judged(task, components=refs(*accepted[0], "jaeger"))
    assert not judged(task, components=())
    # The strict grader holds no answer wrong that the benchmark accepts.
    names = {target.partition("/")[2] for target in task.drillable.scenario.truth.components}
    assert {service for answer in accepted for service in answer} <= names


@pytest.mark.parametrize(("identity", "expected"), PUBLISHED["analysis"].items())
def test_an_analysis_expects_the_published_pair(identity: str, expected: tuple[str, str]) -> None:
    level, kind = expected
    assert judged(TASKS[identity], system_level=level, fault_type=kind)
    assert not judged(TASKS[identity], system_level="Hardware", fault_type=kind)
    assert not judged(TASKS[identity], system_level=level, fault_type="Code Defect")
    truth = TASKS[identity].drillable.scenario.truth
    assert (truth.system_level, truth.fault_type) == (level, kind)


@pytest.mark.parametrize(
    "identity",
    [
        "auth_miss_mongodb-mitigation-1",
        "assign_to_non_existent_node_social_net-mitigation-1",
        "scale_pod_zero_social_net-mitigation-1",
        "user_unregistered_mongodb-mitigation-2",
        "wrong_bin_usage-mitigation-1",
    ],
)
def test_the_published_rules_pass_two_worlds_in_which_nothing_was_done(identity: str) -> None:
    with Drill.prepare(TASKS[identity], seed=1) as drill:
        passed = drill.grade(None, published.grade).success
        assert passed == (PUBLISHED["mitigation"][identity] == "passes")
        assert not drill.grade(right_answer(drill.case)).success


def test_two_replicas_are_one_too_many_for_the_published_rules_alone() -> None:
    two = (Scale(target="Deployment/user-service", replicas=2),)
    with mitigated("scale_pod_zero_social_net", two, later=30) as drill:
        assert drill.grade(None, published.grade).reasons == (
            "Deployment/user-service spec.replicas is not 1.",
            "Deployment/user-service status.availableReplicas is not 1.",
        )
        assert drill.grade(right_answer(drill.case)).success


def test_the_published_snapshot_fails_a_right_repair_that_is_submitted_at_once() -> None:
    with mitigated("revoke_auth_mongodb", None) as drill:
        assert not drill.grade(None, published.grade).success
        assert drill.grade(right_answer(drill.case)).success
    with mitigated("revoke_auth_mongodb", None, later=30) as drill:
        assert drill.grade(None, published.grade).success


def test_a_polling_grader_passes_by_luck_between_two_crashes() -> None:
    """Without a probe the container counts as ready for ten seconds of each try."""
    with mitigated("misconfig_app_hotel_res") as drill:
        assert drill.grade(None, published.grade).success
    with mitigated("misconfig_app_hotel_res", later=80) as drill:
        assert not drill.grade(None, published.grade).success


def test_the_published_rules_do_not_mind_harm() -> None:
    deaf = Patch(target="Service/search", body={"spec": {"selector": {"io.kompose.service": "nobody"}}})
    undo = Exec(target="Deployment/mongodb-geo", command=("bash", "/scripts/remove-mitigate-admin-geo-mongo.sh"))
    with mitigated("user_unregistered_mongodb", (undo, deaf)) as drill:
        drill.perform(drill.scenario.fix[1:])
        drill.cluster.advance(30)
        assert drill.grade(None, published.grade).success
        assert drill.grade(right_answer(drill.case)).reasons == (
            f"{Ref(kind='Service', name='search', namespace=drill.namespace)} was altered.",
        )


@pytest.mark.parametrize(("identity", "renamed"), REPAIRED)
def test_a_grader_passes_the_reference_and_nothing_else(identity: str, renamed: bool) -> None:
    findings = validate(TASKS[identity], seed=2, renamed=renamed)
    assert not [str(finding) for finding in findings if not finding.right]
    assert sum(finding.wanted for finding in findings) == 1


@pytest.mark.parametrize(
    ("family", "route", "passes", "seconds"),
    [
        ("pod_failure_hotel_res", "/user", 0.0, None),
        ("network_loss_hotel_res", "/user", 0.0, 5.0),
        ("network_delay_hotel_res", "/reservation", None, 10.0),
    ],
)
def test_an_experiment_is_felt_when_the_question_comes(
    family: str, route: str, passes: float | None, seconds: float | None
) -> None:
    with Drill.prepare(TASKS[f"{family}-detection-1"], seed=1) as drill:
        good, mean = fares(drill.stage.traffic, drill.namespace, drill.cluster.clock.now() - 5)[route]
        assert passes is None or good == passes
        assert seconds is None or mean == pytest.approx(seconds, abs=0.2)


def test_a_killed_container_is_back_under_any_name() -> None:
    with Drill.prepare(TASKS["container_kill-detection"], 1, random.Random(1)) as drill:
        (service,) = drill.scenario.aiopslab.services if drill.scenario.aiopslab else ()
        pods = drill.case.asked.pods_of(Ref(kind="Deployment", name=service, namespace=drill.namespace))
        (status,) = pods[0]["status"]["containerStatuses"]
        assert (status["restartCount"], status["ready"]) == (1, True)
