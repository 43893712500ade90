"""Runs for learning: shares that add up, the pool here, and Ray only where it is asked for."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from app.cli import main
from app.rollouts.on_ray import OnRay, command_of
from app.rollouts.port import Order, Share, jobs_of, shared
from domain.episodes import Episode
from domain.errors import BadInput

ROOT = Path(__file__).parents[3]
ONE = Order("basics", "playbook", "scaled-to-zero")


@pytest.mark.parametrize("of", [1, 3, 7, 100])
def test_shares_hold_every_run_once_and_keep_incidents_whole(of: int) -> None:
    suite, jobs = jobs_of(Order("aiopslab-86", "playbook", epochs=2))
    parts = [shared(suite, jobs, Share(index, of)) for index in range(of)]
    assert sorted(str(job) for part in parts for job in part) == sorted(map(str, jobs))
    incidents = {task.id: id(task.drillable) for task in suite.tasks}
    where = {(incidents[job.task], job.seed): set[int]() for job in jobs}
    for number, part in enumerate(parts):
        for job in part:
            where[(incidents[job.task], job.seed)].add(number)
    assert {len(places) for places in where.values()} == {1}


@pytest.mark.parametrize("text", ["3", "3/3", "-1/2", "a/b", "1/", ""])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no share"):
        Share.read(text)


def test_the_runs_of_a_share_are_written_with_their_truth(tmp_path: Path) -> None:
    out = tmp_path / "episodes.jsonl"
    arguments = ["learn", "rollouts", "--suite", "basics", "--tasks", "scaled-to-zero", "--policy", "playbook"]
    assert main([*arguments, "--workers", "1", "--shard", "0/1", "--out", str(out)]) == 0
    (episode,) = [Episode.model_validate_json(line) for line in out.read_text().splitlines()]
    assert episode.replay is not None
    assert (episode.replay.task, episode.truth is not None) == ("scaled-to-zero", True)


def test_a_share_and_a_cluster_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "rollouts", "--shard", "0/2", "--ray", "ray://head:10001"]) == 2
    assert "leave --shard out" in capsys.readouterr().err


def test_ray_is_imported_only_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    look = "import sys, app.learn_rollouts; sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
    assert (
        main(["learn", "rollouts", "--suite", "basics", "--policy", "playbook", "--ray", "ray://head:10001"]) == 2
    )
    assert "needs the package ray" in capsys.readouterr().err


class Cluster(SimpleNamespace):
    """Ray's own calls as they are used, on this machine: tasks run when their result is got."""

    def remote(self, **_wants: Any) -> Callable[[Callable[..., str]], Any]:
        return lambda work: SimpleNamespace(remote=lambda *arguments: (work, arguments))

    def wait(self, waiting: list[Any], num_returns: int) -> tuple[list[Any], list[Any]]:
        return waiting[-num_returns:], waiting[:-num_returns]

    def get(self, task: Any) -> str:
        work, arguments = task
        return str(work(*arguments))


def test_a_cluster_gives_the_episodes_of_all_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    cluster = Cluster(init=lambda address: seen.append(address), shutdown=lambda: seen.append("down"))
    monkeypatch.setitem(sys.modules, "ray", cluster)
    found = list(OnRay("ray://head:10001").episodes(ONE))
    assert [episode.replay and episode.replay.task for episode in found] == ["scaled-to-zero"]
    assert seen == ["ray://head:10001", "down"]


def test_the_manifest_runs_the_command_that_there_is() -> None:
    job = yaml.safe_load((ROOT / "deploy" / "rollouts.yaml").read_text())["spec"]
    (container,) = job["template"]["spec"]["containers"]
    arguments = container["args"]
    assert arguments[-1] == f"$(SHARD)/{job['completions']}"
    assert {"SHARD"} == {env["name"] for env in container["env"] if "fieldRef" in env.get("valueFrom", {})}
    ours = command_of(Order("x", "chat", rename=True), 0, 16, Path("out"))
    assert {argument for argument in arguments if argument.startswith("--")} <= set(ours)
    assert container["command"][1:] == ours[3:5]
