"""Runs of the lab that are kept: with the truth by the names of the run, apart from the team's incidents."""

import asyncio
from pathlib import Path

import pytest

from app.cli import main
from app.lab_pool import Job, run_alone
from domain.actions import PatchServicePort
from domain.cluster import Ref
from domain.diagnosis import Cause, FaultType, SystemLevel
from domain.episodes import Episode, Replay, Truth
from domain.execution import Improvement
from store.build import open_store
from tests.app.test_lab_pool import THREE_WAYS

ORDERS = THREE_WAYS.replace("[detection, localization, mitigation]", "[mitigation]")
SERVICE = Ref(kind="Service", namespace="shop", name="orders")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "orders.yaml").write_text(ORDERS)
    return tmp_path / "orders.yaml"


def test_runs_of_the_pool_are_kept_with_their_truth_and_are_no_incidents(
    suite: Path, clean: None, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["lab", "run", "--suite", "orders.yaml", "--epochs", "1", "--workers", "1", "--seed", "4"]
    assert main([*arguments, "--record"]) == 0
    assert "Runs kept: 1;" in capsys.readouterr().out
    (kept,) = asyncio.run(_kept())
    assert kept.replay == Replay(suite=str(suite), task="orders-port", family="orders-port", seed=4)
    assert kept.graded is not None
    assert kept.graded.success
    assert kept.truth == Truth(
        anomaly=True,
        causes=(Cause.WRONG_TARGET_PORT,),
        components=(SERVICE,),
        system_level=SystemLevel.VIRTUALIZATION,
        fault_type=FaultType.MISCONFIGURATION,
        repairs=(PatchServicePort(target=SERVICE, port=8080, target_port=8080),),
    )
    assert kept.at > kept.trajectory.incident.updated_at, "it was kept today, whatever the lab's clock says"
    assert main(["incident", "list"]) == 0
    assert "No incidents on record." in capsys.readouterr().out


async def _kept() -> tuple[Episode, ...]:
    store = await open_store("sqlite:///.aoi/aoi.db")
    try:
        return await store.episodes.since()
    finally:
        await store.close()


def test_a_renamed_run_has_the_truth_by_its_new_names_and_what_was_graded_wrong_knows_no_repair(
    suite: Path,
) -> None:
    """The truth blames another Service than the one that AOI mends, so what helped was not what was asked for."""
    suite.write_text(ORDERS.replace("[Service/orders]", "[Service/cart]"))
    episode = run_alone(Job(str(suite), "orders-port", "playbook", 1, rename=True, record=True)).episode
    assert episode is not None
    assert episode.truth is not None
    (service,) = episode.truth.components
    assert (service.namespace,) == episode.trajectory.incident.scope.namespaces
    assert "cart" not in service.name
    looks = episode.trajectory.verifications.values()
    assert [look.improvement for look in looks] == [Improvement.RESOLVED]
    assert episode.graded is not None
    assert not episode.graded.success
    assert episode.graded.reasons
    assert episode.truth.repairs == ()


def test_the_plain_baseline_is_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "run", "--policy", "react", "--record"]) == 2
    assert "react is no Observer" in capsys.readouterr().err
