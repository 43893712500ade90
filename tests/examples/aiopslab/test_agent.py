"""AOI behind `get_action`, on a cluster that it reaches only by AIOpsLab's shell."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.lab_agent import LabClock
from examples.aiopslab.agent import AoiAgent
from lab.drill import Drill
from lab.suite import load_suite
from tests.examples.aiopslab.stand_in import Orchestrator, analysis, detection, localization, pods_pass

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH"),
]


@contextmanager
def problem(task: str, seed: int = 1) -> Iterator[tuple[Drill, Orchestrator, str]]:
    """A started incident, an orchestrator at its door, and the description that agents get."""
    (found,) = load_suite("basics").matching(task).tasks
    with Drill.prepare(found, seed) as drill:
        drill.cluster.start()
        description = f"Service Name: Shop\nNamespace: {drill.namespace}\nDescription: A shop.\n"
        yield drill, Orchestrator(drill.cluster.kubeconfig()), description


async def solved(task: str, ask: str, steps: int = 30) -> tuple[Drill, Orchestrator, int]:
    with problem(task) as (drill, orchestrator, description):
        agent = AoiAgent(f"{task}-{ask}-1", description, steps, LabClock(drill.cluster))
        async with agent:
            taken = await orchestrator.start_problem(agent, steps)
        drill.grade(None)
        return drill, orchestrator, taken


async def test_a_mitigation_repairs_and_submits_when_the_pods_are_ready() -> None:
    drill, orchestrator, taken = await solved("target-port", "mitigation")
    assert orchestrator.submitted
    assert orchestrator.solution == []
    assert taken < 30
    grade = drill.grade(None)
    assert (grade.fault_removed, grade.recovered, grade.harmless) == (True, True, True)
    pods = [dict(pod) for ref, pod in drill.end.left.of_kind("Pod") if ref.namespace == drill.namespace]
    assert pods_pass(pods)


async def test_a_detection_says_yes_within_a_few_steps() -> None:
    _, orchestrator, taken = await solved("image-tag-typo", "detection")
    assert detection(orchestrator.solution, "Yes")
    assert taken <= 6, "chaos heals itself after 100 seconds"


async def test_a_healthy_namespace_is_left_alone() -> None:
    drill, orchestrator, _ = await solved("healthy", "detection")
    assert detection(orchestrator.solution, "No")
    assert not [event for event in drill.cluster.audit if "dryRun" not in str(event)]


async def test_a_localization_names_one_service() -> None:
    _, orchestrator, _ = await solved("scaled-to-zero", "localization")
    assert localization(orchestrator.solution, [orchestrator.solution[0]])
    assert len(orchestrator.solution) == 1


async def test_an_analysis_fills_both_fields() -> None:
    drill, orchestrator, _ = await solved("target-port", "analysis")
    truth = drill.scenario.truth
    assert truth.system_level is not None
    assert truth.fault_type is not None
    assert analysis(orchestrator.solution, truth.system_level.value, truth.fault_type.value)


async def test_with_few_steps_the_last_is_the_submission() -> None:
    _, orchestrator, taken = await solved("image-tag-typo", "detection", steps=2)
    assert orchestrator.submitted
    assert taken == 2


async def test_commands_that_bring_nothing_end_in_a_submission() -> None:
    """As when every command runs into the limit of 30 seconds."""
    agent = AoiAgent("some-localization-1", "Namespace: shop\n", 4)
    async with agent:
        states = ["Please take the next action", *["Failed to execute command\nPlease take the next action"] * 3]
        actions = [await agent.get_action(state) for state in states]
    assert actions[-1] == "```\nsubmit([])\n```"
    assert json.dumps(actions).count("exec_shell") == 3


def test_a_description_without_a_namespace_is_refused() -> None:
    with pytest.raises(ValueError, match="Namespace: NAME"):
        AoiAgent("some-detection-1", "Nothing to see", 10)
