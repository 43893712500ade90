"""The suite `basics`: every scenario is a real incident, and its grader can be trusted."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from lab.drill import Drill
from lab.suite import Task, load_suite
from lab.validate import validate
from tests.lab.digests import digest

BASICS = load_suite("basics")
ROUNDS = ((1, False), (2, True))
"""Seed, and whether every name is replaced. Tasks take turns, to spare minutes; `aoi lab validate` does all."""
TURNS = [(task, *ROUNDS[index % 2]) for index, task in enumerate(BASICS.tasks)]


@pytest.mark.parametrize(("task", "seed", "renamed"), TURNS, ids=[task.id for task in BASICS.tasks])
def test_a_grader_passes_the_reference_and_nothing_else(task: Task, seed: int, renamed: bool) -> None:
    findings = validate(task, seed, renamed)
    assert Counter(finding.wanted for finding in findings)[True] == 1
    assert not [str(finding) for finding in findings if not finding.right]


def test_a_grader_that_looks_away_is_found_out() -> None:
    """Validation fails for a scenario whose checks the fault passes."""
    task = BASICS.matching("target-port").tasks[0]
    scenario = task.drillable.scenario
    blind = scenario.model_copy(update={"recovery": scenario.recovery[:0]})
    findings = validate(replace(task, drillable=replace(task.drillable, scenario=blind)), seed=1)
    assert "target-port, nothing done: passes, and must not" in [str(finding) for finding in findings]


def test_the_suite_covers_the_incidents_that_engineers_meet() -> None:
    causes = {cause for task in BASICS.tasks for cause in task.drillable.scenario.truth.causes}
    assert len(causes) >= 27
    assert len({task.drillable.scenario.name for task in BASICS.tasks}) >= 22


@pytest.mark.parametrize("renamed", [False, True])
def test_equal_seeds_give_equal_worlds(renamed: bool) -> None:
    task = BASICS.matching("bad-release").tasks[0]

    def world(seed: int) -> str:
        with Drill.prepare(task, seed, random.Random(seed) if renamed else None) as drill:
            drill.perform(drill.scenario.fix)
            return digest(drill.end.settled)

    assert world(1) == world(1)
    assert world(1) != world(2)
