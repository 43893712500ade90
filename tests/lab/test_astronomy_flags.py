"""The flag families of the astronomy shop: a flag is only off for those who are told so."""

import random
from dataclasses import replace

import pytest

from domain.diagnosis import Cause
from lab.applications import load
from lab.drill import Drill
from lab.published import grade as published
from lab.scenario import TaskType
from lab.suite import SCENARIOS, Task, tasks_of
from lab.validate import right_answer, validate

FAMILIES = (
    "ad-service-failure",
    "ad-service-high-cpu",
    "ad-service-manual-gc",
    "cart-service-failure",
    "image-slow-load",
    "kafka-queue-problems",
    "loadgenerator-flood-homepage",
    "payment-service-failure",
    "payment-service-unreachable",
    "product-catalog-failure",
    "recommendation-service-cache-failure",
)
TASKS = tuple(
    task
    for family in FAMILIES
    for drillable in load(SCENARIOS / "aiopslab-86" / f"{family}.yaml")
    for task in tasks_of(drillable)
)
REPAIRED = ("kafka-queue-problems", "payment-service-failure", "recommendation-service-cache-failure")
"""Asked for a repair here: one that users do not notice, one that they do, one that takes time to be felt."""


def named(scenario: str) -> Task:
    return next(task for task in TASKS if task.drillable.scenario.name == scenario)


def test_the_benchmark_asks_each_of_the_eleven_families_in_two_ways() -> None:
    scenarios = {task.drillable.scenario.name: task.drillable.scenario for task in TASKS}
    assert len(scenarios) == 11
    assert len(TASKS) == 22
    assert "astronomy_shop_product_catalog_service_failure-localization-1" in {task.id for task in TASKS}
    for scenario in scenarios.values():
        assert scenario.ask == (TaskType.DETECTION, TaskType.LOCALIZATION)
        assert Cause.FEATURE_FLAG in scenario.truth.causes
        assert len(scenario.near_misses) >= 2


@pytest.mark.parametrize(("name", "renamed"), [*zip(REPAIRED, (False, True, False), strict=True)])
def test_only_a_flag_that_is_off_for_its_readers_is_a_repair(name: str, renamed: bool) -> None:
    asked = replace(named(name), id=name, type=TaskType.MITIGATION)
    findings = validate(asked, seed=3, renamed=renamed)
    assert not [str(finding) for finding in findings if not finding.right]
    assert sum(finding.trial.startswith("near miss") for finding in findings) == 3


def test_the_published_rules_take_the_service_that_they_name() -> None:
    asked = replace(named("ad-service-failure"), type=TaskType.LOCALIZATION)
    with Drill.prepare(asked, 1, random.Random(1)) as drill:
        right = right_answer(drill.case)
        assert drill.grade(right, published).success
        assert not drill.grade(right.model_copy(update={"components": ()}), published).success
