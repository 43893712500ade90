"""Validation finds a grader that looks away, whatever it looks away from."""

from dataclasses import replace

import pytest

from domain.diagnosis import Diagnosis
from lab.checks import Watched
from lab.grade import Case, Grade, Grader, grade
from lab.scenario import TaskType
from lab.suite import load_suite
from lab.validate import Finding, Trial, validate, validate_together

TASK = load_suite("basics").matching("target-port").tasks[0]


def passes_what_was_not_repaired(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    judged = grade(case, diagnosis, world)
    return replace(judged, success=judged.answer_right and judged.harmless)


def ignores_harm(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    judged = grade(case, diagnosis, world)
    return replace(judged, success=judged.answer_right and judged.recovered and judged.fault_removed)


def takes_any_component(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    right = case.refs(case.scenario.truth.components[:1])
    told = None if diagnosis is None else diagnosis.model_copy(update={"components": right})
    return grade(case, told, world)


def takes_no_answer(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    judged = grade(case, diagnosis, world)
    return replace(judged, success=judged.recovered and judged.fault_removed and judged.harmless)


def fails_everything(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    return replace(grade(case, diagnosis, world), success=False)


def wrong(grader: Grader) -> tuple[Finding, ...]:
    return tuple(finding for finding in validate(TASK, 1, grader=grader) if not finding.right)


@pytest.mark.parametrize(
    ("grader", "found"),
    [
        (grade, set()),
        (passes_what_was_not_repaired, {Trial.NOTHING, Trial.NEAR_MISS}),
        (ignores_harm, {Trial.DAMAGE}),
        (takes_any_component, {Trial.ANSWER}),
        (takes_no_answer, {Trial.ANSWER}),
        (fails_everything, {Trial.REFERENCE}),
    ],
)
def test_a_broken_grader_is_found_out_by_what_it_passes(grader: Grader, found: set[Trial]) -> None:
    assert {finding.kind for finding in wrong(grader)} == found


def test_a_finding_says_what_passed_and_must_not() -> None:
    said = [str(finding) for finding in wrong(takes_any_component)]
    assert "target-port, wrong answer, another component: passes, and must not" in said


def test_tasks_of_one_scenario_are_tried_each_in_its_own_way() -> None:
    tasks = [replace(TASK, id=kind.value, type=kind) for kind in TaskType]
    together = validate_together(tasks, 1)
    apart = [finding for task in tasks for finding in validate(task, 1)]
    assert [str(finding) for finding in together] == [str(finding) for finding in apart]
    assert all(finding.right for finding in together)
    assert {finding.task for finding in together if finding.kind is Trial.NOTHING} == {"mitigation"}
