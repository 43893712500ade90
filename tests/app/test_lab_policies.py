"""What could not run is refused before anything starts, in one sentence."""

from pathlib import Path

import pytest

from app.lab_agent import drill_settings
from app.lab_policies import Run, check_policy
from domain.errors import BadInput, Misconfigured
from domain.journal import Trajectory
from lab.cluster.server import Cluster
from tests.contract.store.test_model_calls import call
from tests.contract.store.values import incident
from tests.graph.model.server import MODEL


def test_an_unknown_policy_is_told_the_known_ones(clean: None) -> None:
    with pytest.raises(BadInput, match="no policy 'oracle' here; known policies: playbook, chat, react"):
        check_policy("oracle")


@pytest.mark.parametrize("policy", ["chat", "react"])
def test_a_policy_that_asks_a_model_needs_one(clean: None, monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    with pytest.raises(Misconfigured, match="set AOI_MODEL_URL and AOI_MODEL_NAME"):
        check_policy(policy)
    monkeypatch.setenv("AOI_MODEL_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("AOI_MODEL_NAME", MODEL)
    monkeypatch.setenv("PATH", "")
    if policy == "chat":
        check_policy(policy)
    else:
        with pytest.raises(Misconfigured, match="kubectl on PATH"):
            check_policy(policy)


def test_the_baselines_turns_are_its_steps_and_tokens_add_up() -> None:
    run = Run(Trajectory(incident=incident(), entries=()), (call("a", tokens=5), call("b", tokens=7)))
    assert (run.steps, run.tokens_in, run.tokens_out) == (2, 12, 0)


def test_what_a_team_has_set_changes_no_drill(
    clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Least of all the database that it writes to."""
    with Cluster() as cluster:
        before = drill_settings(cluster, "http://127.0.0.1:9", tmp_path, "playbook")
        monkeypatch.setenv("AOI_DATABASE_URL", "postgresql://aoi:pw@db.invalid/aoi")
        monkeypatch.setenv("AOI_PROTECTED_NAMESPACES", "shop")
        Path(".env").write_text("AOI_VERIFY_SETTLE_SECONDS=1\n")
        assert drill_settings(cluster, "http://127.0.0.1:9", tmp_path, "playbook") == before
