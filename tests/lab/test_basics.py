"""The suite `basics`: every scenario is a real incident, and its grader can be trusted."""

import random
from collections import Counter

import pytest

from domain.diagnosis import Cause
from lab.drill import Drill
from lab.suite import Task, load_suite
from lab.validate import validate
from tests.lab.digests import digest

BASICS = load_suite("basics")
ROUNDS = [(1, False), (2, True)]
"""Seed, and whether every name is replaced."""


@pytest.mark.parametrize("task", BASICS.tasks, ids=lambda task: task.id)
def test_a_grader_passes_the_reference_and_nothing_else(task: Task) -> None:
    findings = [finding for seed, renamed in ROUNDS for finding in validate(task, seed, renamed)]
    assert Counter(finding.wanted for finding in findings)[True] == len(ROUNDS)
    assert not [str(finding) for finding in findings if not finding.right]


def test_the_suite_covers_the_incidents_that_engineers_meet() -> None:
    causes = {cause for task in BASICS.tasks for cause in task.drillable.scenario.truth.causes}
    rare = {
        Cause.VOLUME_CLAIM_MISSING, Cause.STARTUP_PROBE, Cause.NODE_NOT_READY, Cause.SERVICE_ACCOUNT_MISSING,
        Cause.DEPENDENCY_DOWN,
    }  # fmt: skip
    assert causes == set(Cause) - rare
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
