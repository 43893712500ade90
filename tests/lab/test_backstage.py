"""A stage that scenarios share gives each the world that it has on a stage of its own."""

import random
from functools import partial

import pytest

from lab.apart import apart
from lab.backstage import stage_for
from lab.drill import Drill
from lab.rename import rename
from lab.scenario import TaskType
from lab.stage import Stage
from lab.suite import load_suite
from tests.lab.digests import digest

BASICS = load_suite("basics")


def end(drill: Drill) -> str:
    """The world that the reference fix leaves."""
    with drill:
        drill.perform(drill.scenario.fix)
        return digest(drill.end.settled)


def play(stage: Stage) -> str:
    return end(Drill.on(stage, TaskType.MITIGATION))


@pytest.mark.parametrize("seed", [None, 3], ids=["own names", "renamed"])
def test_worlds_on_a_shared_stage_are_those_on_their_own(seed: int | None) -> None:
    stages = set()
    for name in ("target-port", "bad-release", "quota"):
        task = BASICS.matching(name).tasks[0]
        drillable = task.drillable if seed is None else rename(task.drillable, random.Random(seed))
        stage = stage_for(drillable, 1)
        stages.add(id(stage.cluster))
        shared = apart(partial(play, stage))
        alone = end(Drill.prepare(task, 1, None if seed is None else random.Random(seed)))
        assert shared == alone
    assert len(stages) == 1


def test_another_seed_or_another_application_has_a_stage_of_its_own() -> None:
    one, other = (BASICS.matching(name).tasks[0].drillable for name in ("bad-release", "target-port"))
    first = stage_for(one, 1).cluster
    assert stage_for(other, 1).cluster is first
    assert stage_for(one, 2).cluster is not first
    assert stage_for(rename(one, random.Random(1)), 2).cluster is not stage_for(one, 2).cluster
