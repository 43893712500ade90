"""The suite `tribal`: ten incidents that a team's knowledge solves, whose graders can be trusted.

Three of them are validated here, to spare time; `aoi lab validate --suite tribal` does all. That the playbook
solves none of them by itself is measured by `make bench-lessons`.
"""

from collections import Counter

import pytest

from lab.suite import load_suite
from lab.validate import validate

SUITE = load_suite("tribal")
SCENARIOS = {task.drillable.scenario.name: task.drillable.scenario for task in SUITE.tasks}
TRIED = (("pager-drill", 1, True), ("deliberate-cordon", 2, False), ("rounding-mode", 3, True))
"""Task, seed, and whether every name is replaced."""


def test_ten_families_of_which_one_is_no_fault() -> None:
    assert len({scenario.fault_family for scenario in SCENARIOS.values()}) == 10
    assert [name for name, scenario in SCENARIOS.items() if not scenario.truth.anomaly] == ["pager-drill"]


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.truth.anomaly])
def test_a_fault_has_a_past_a_repair_and_repairs_that_only_look_right(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.noise
    assert scenario.fix
    assert len(scenario.near_misses) >= 2


@pytest.mark.parametrize(("name", "seed", "renamed"), TRIED)
def test_a_grader_passes_the_reference_and_nothing_else(name: str, seed: int, renamed: bool) -> None:
    (task,) = SUITE.matching(name).tasks
    findings = validate(task, seed, renamed)
    assert Counter(finding.wanted for finding in findings)[True] == 1
    assert not [str(finding) for finding in findings if not finding.right]
