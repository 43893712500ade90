"""Episodes of a scripted agent, from the question to the reward."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.environment.incident import IncidentEnvironment
from app.environment.rows import rows
from domain.actions import PatchServicePort
from domain.errors import BadInput
from lab.suite import SCENARIOS


@pytest.fixture
def environment() -> Iterator[IncidentEnvironment]:
    made = IncidentEnvironment()
    yield made
    made._close()


def repair(environment: IncidentEnvironment) -> list[str]:
    """What a good engineer does about `target-port`, and what is seen on the way."""
    return [
        environment.reset(task="target-port", seed=5, prompt="columns of the row that say nothing"),
        environment.service_wiring(service="orders"),
        environment.patch_service_port(name="orders", port=8080, target_port=8080),
        environment.conclude(
            anomaly=True,
            root_cause="The Service pointed at a port where nobody listens.",
            kind="Service",
            name="orders",
            cause="wrong-target-port",
        ),
    ]


@pytest.fixture(scope="module")
def played() -> tuple[IncidentEnvironment, list[str]]:
    made = IncidentEnvironment()
    lines = repair(made)
    made.get_reward()
    return made, lines


def test_the_right_repair_and_answer_earn_one(played: tuple[IncidentEnvironment, list[str]]) -> None:
    environment, (question, wiring, repaired, _) = played
    assert "New purchases are not stored in shop" in question
    assert "8081" in wiring
    assert "verified: resolved" in repaired
    assert environment.get_reward() == 1.0
    assert environment.reward is not None
    assert (environment.reward.mended, environment.reward.orderly) == (1.0, 1.0)
    assert environment.trajectory is not None
    assert isinstance(environment.trajectory.proposals[0].plan.action, PatchServicePort)


def test_an_answer_without_the_repair_earns_nothing_but_its_parts(environment: IncidentEnvironment) -> None:
    environment.reset(task="scaled-to-zero", seed=1)
    environment.conclude(anomaly=False, root_cause="All is well.")
    assert environment.get_reward() == 0.0
    assert environment.reward is not None
    assert (environment.reward.answered, environment.reward.mended, environment.reward.harmless) == (0, 0, 1)
    assert environment.get_reward() == 0.0, "asked twice, it answers the same"


def test_an_episode_that_is_left_has_no_answer(environment: IncidentEnvironment) -> None:
    environment.reset(task="healthy", seed=1)
    assert environment.get_reward() == 0.0
    with pytest.raises(ValueError, match="episode is over"):
        environment.events()


def test_equal_seeds_and_calls_give_equal_episodes(
    environment: IncidentEnvironment, played: tuple[IncidentEnvironment, list[str]]
) -> None:
    assert repair(environment) == played[1]
    environment.get_reward()
    assert environment.reward == played[0].reward


def test_a_refused_write_is_told_and_costs_order(environment: IncidentEnvironment) -> None:
    environment.reset(task="healthy", seed=2)
    assert "refused" in environment.scale(kind="Deployment", name="no-such-thing", replicas=2)
    environment.conclude(anomaly=False, root_cause="Nothing is wrong.")
    assert environment.get_reward() == 1.0
    assert environment.reward is not None
    assert environment.reward.orderly == 0.5


def test_shaping_is_a_weight_of_its_own() -> None:
    shaped = IncidentEnvironment(shaping=0.5)
    shaped.reset(task="healthy", seed=3)
    shaped.conclude(anomaly=True, root_cause="Something is wrong.")
    assert shaped.reward is None
    worth = shaped.get_reward()
    assert shaped.reward is not None
    assert shaped.reward.solved == 0.0
    assert worth == pytest.approx(0.5 * shaped.reward.shaping)


def test_an_unknown_cause_is_answered_with_the_known_ones(environment: IncidentEnvironment) -> None:
    environment.reset(task="healthy", seed=3)
    with pytest.raises(ValueError, match="image-pull"):
        environment.conclude(anomaly=True, root_cause="?", cause="gremlins")


def test_only_an_answer_of_its_own_counts(environment: IncidentEnvironment, tmp_path: Path) -> None:
    """Who writes where only a look was asked for is sent home with AOI's own answer, and no merit."""
    file = tmp_path / "own.yaml"
    file.write_text((SCENARIOS / "basics" / "scaled-to-zero.yaml").read_text() + "\nask: [localization]\n")
    environment.reset(task="scaled-to-zero", suite=str(file), seed=1)
    assert "Read-only" in environment.delete_pod(name="any")
    assert environment.get_reward() == 0.0
    assert environment.trajectory is not None
    assert environment._drill is not None
    assert environment._drill.grade(environment.trajectory.diagnosis).success


def test_an_unknown_task_is_named(environment: IncidentEnvironment) -> None:
    with pytest.raises(BadInput, match="no task `nothing`"):
        environment.reset(task="nothing")


def test_an_environment_takes_its_cluster_with_it() -> None:
    made = IncidentEnvironment()
    made.reset(task="healthy", seed=1)
    assert made._drill is not None
    folder = made._drill.cluster.kubeconfig().parent
    assert folder.exists()
    del made
    gc.collect()
    assert not folder.exists()


def test_rows_lead_to_their_episodes(environment: IncidentEnvironment) -> None:
    (row,) = rows("basics", [4], "healthy")
    assert "phone" in environment.reset(**row)
    assert "wrong-target-port" in row["prompt"][0]["content"]


def test_no_training_library_is_needed() -> None:
    code = "import app.environment.incident, sys; print({'torch', 'trl', 'transformers'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
