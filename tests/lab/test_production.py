"""The suite `production`: ten families that the benchmark lacks, whose graders can be trusted.

Four of them are validated here, to spare minutes; `aoi lab validate --suite production` does all.
"""

from collections import Counter

import pytest

from lab.scenario import TaskType
from lab.suite import load_suite
from lab.validate import validate

SUITE = load_suite("production")
SCENARIOS = {task.drillable.scenario.name: task.drillable.scenario for task in SUITE.tasks}
TRIED = (
    ("autoscaler-mitigation", 1, False),
    ("dns-egress-mitigation", 2, True),
    ("connection-pool-mitigation", 3, False),
    ("cron-suspended-localization", 4, True),
)
"""Task, seed, and whether every name is replaced."""


def test_ten_families_happen_on_all_four_applications() -> None:
    assert len({scenario.fault_family for scenario in SCENARIOS.values()}) == 10
    apps = Counter(scenario.app for scenario in SCENARIOS.values())
    assert set(apps) == {"shop", "hotel-reservation", "social-network", "astronomy-shop"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_has_a_past_a_repair_and_repairs_that_only_look_right(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.noise
    assert scenario.fix
    assert scenario.recovery
    assert len(scenario.near_misses) >= 2
    assert {TaskType.DETECTION, TaskType.LOCALIZATION} <= set(scenario.ask)


@pytest.mark.parametrize(("name", "seed", "renamed"), TRIED)
def test_a_grader_passes_the_reference_and_nothing_else(name: str, seed: int, renamed: bool) -> None:
    (task,) = SUITE.matching(name).tasks
    findings = validate(task, seed, renamed)
    assert Counter(finding.wanted for finding in findings)[True] == 1
    assert not [str(finding) for finding in findings if not finding.right]
