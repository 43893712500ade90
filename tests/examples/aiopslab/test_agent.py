"""AOI behind `get_action`, on a cluster that it reaches only by AIOpsLab's shell."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.lab_agent import LabClock
from examples.aiopslab.agent import AoiAgent
from lab.cluster.server import Cluster
from lab.cluster.users import ADMIN
from lab.drill import Drill
from lab.suite import load_suite
from tests.examples.aiopslab.stand_in import Orchestrator, analysis, detection, localization, pods_pass
from tests.fakes import HandClock

HERE = Path(__file__).parent


def real_kubectl(cluster: Cluster, folder: Path) -> dict[str, str]:
    """The kubectl of this machine."""
    return {"KUBECONFIG": str(cluster.kubeconfig())}


def quick_kubectl(cluster: Cluster, folder: Path) -> dict[str, str]:
    """The script beside this file, in front of the PATH."""
    (folder / "kubectl").symlink_to(HERE / "kubectl.sh")
    (folder / "ca.pem").write_text(cluster.certificate_authority)
    where = {"LAB_URL": cluster.url, "LAB_CA": str(folder / "ca.pem"), "LAB_TOKEN": cluster.token(ADMIN)}
    return {**where, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def started(task: str, seed: int = 1) -> Iterator[Drill]:
    (found,) = load_suite("basics").matching(task).tasks
    with Drill.prepare(found, seed) as drill:
        drill.cluster.start()
        yield drill


async def solved(
    task: str, ask: str, folder: Path, steps: int = 30, kubectl: object = quick_kubectl
) -> tuple[Drill, Orchestrator, int]:
    """One problem to its end: its world, what was submitted, and how many steps it took."""
    with started(task) as drill:
        assert callable(kubectl)
        orchestrator = Orchestrator(kubectl(drill.cluster, folder))
        description = f"Service Name: Shop\nNamespace: {drill.namespace}\nDescription: A shop.\n"
        async with AoiAgent(f"{task}-{ask}-1", description, steps, LabClock(drill.cluster)) as agent:
            taken = await orchestrator.start_problem(agent, steps)
        drill.grade(None)
        return drill, orchestrator, taken


@pytest.mark.parametrize(
    "kubectl",
    [
        quick_kubectl,
        pytest.param(
            real_kubectl,
            marks=[
                pytest.mark.kubectl,
                pytest.mark.demo,
                pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH"),
            ],
        ),
    ],
)
async def test_a_mitigation_repairs_and_submits_when_the_pods_are_ready(kubectl: object, tmp_path: Path) -> None:
    drill, orchestrator, taken = await solved("target-port", "mitigation", tmp_path, kubectl=kubectl)
    assert orchestrator.submitted
    assert orchestrator.solution == []
    assert taken < 30
    grade = drill.grade(None)
    assert (grade.fault_removed, grade.recovered, grade.harmless) == (True, True, True)
    assert pods_pass([dict(pod) for ref, pod in drill.end.left.of_kind("Pod") if ref.namespace == drill.namespace])


async def test_a_detection_says_yes_within_a_few_steps(tmp_path: Path) -> None:
    _, orchestrator, taken = await solved("image-tag-typo", "detection", tmp_path)
    assert detection(orchestrator.solution, "Yes")
    assert taken <= 6, "chaos heals itself after 100 seconds"


async def test_a_healthy_namespace_is_left_alone(tmp_path: Path) -> None:
    drill, orchestrator, _ = await solved("healthy", "detection", tmp_path)
    assert detection(orchestrator.solution, "No")
    assert drill.grade(None).harmless


async def test_a_localization_names_one_service(tmp_path: Path) -> None:
    _, orchestrator, _ = await solved("scaled-to-zero", "localization", tmp_path)
    assert localization(orchestrator.solution, [orchestrator.solution[0]])
    assert len(orchestrator.solution) == 1


async def test_an_analysis_fills_both_fields(tmp_path: Path) -> None:
    drill, orchestrator, _ = await solved("target-port", "analysis", tmp_path)
    truth = drill.scenario.truth
    assert truth.system_level is not None
    assert truth.fault_type is not None
    assert analysis(orchestrator.solution, truth.system_level.value, truth.fault_type.value)


async def test_with_few_steps_the_last_is_the_submission(tmp_path: Path) -> None:
    _, orchestrator, taken = await solved("image-tag-typo", "detection", tmp_path, steps=2)
    assert orchestrator.submitted
    assert taken == 2


async def test_commands_that_bring_nothing_end_in_a_submission() -> None:
    """As when every command runs into the limit of 30 seconds."""
    async with AoiAgent("some-localization-1", "Namespace: shop\n", 4, HandClock()) as agent:
        states = ["Please take the next action", *["Failed to execute command\nPlease take the next action"] * 3]
        actions = [await agent.get_action(state) for state in states]
    assert actions[-1] == "```\nsubmit([])\n```"
    assert "".join(actions).count("exec_shell") == 3


def test_a_description_without_a_namespace_is_refused() -> None:
    with pytest.raises(ValueError, match="Namespace: NAME"):
        AoiAgent("some-detection-1", "Nothing to see", 10)
