"""A namespace is captured through the reader identity, and the lab shows the same incident from the file."""

from pathlib import Path

import pytest

from app import lab_capture
from app.lab_agent import LabClock, drill_settings, run_agent
from app.lab_capture import capture, see, written
from app.parts import open_parts
from domain.episodes import Replay
from domain.errors import BadInput
from lab.applications import load
from lab.capture.seen import Seen
from lab.drill import Drill
from lab.suite import Task, load_suite, tasks_of
from lab.telemetry.serving import TelemetryServer
from store.build import open_store

BASICS = load_suite("basics")


def made(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


async def captured(task: Task, folder: Path, incident: str | None = None) -> Seen:
    with Drill.prepare(task, 1) as drill, TelemetryServer(drill.stage.traffic) as telemetry:
        drill.cluster.start()
        made(folder)
        settings = drill_settings(drill.cluster, telemetry.url, folder, "playbook")
        async with open_parts(settings, LabClock(drill.cluster)) as parts:
            return await see(parts, drill.namespace, incident)


@pytest.mark.parametrize("name", ["bad-release", "target-port", "config-key-removed", "init-container"])
async def test_the_lab_shows_the_captured_incident_again(name: str, tmp_path: Path) -> None:
    seen = await captured(BASICS.matching(name).tasks[0], tmp_path / "first")
    file = tmp_path / "incident.yaml"
    file.write_text(written(seen, file, rename=False, seed=1))
    (drillable,) = load(file)
    again = await captured(tasks_of(drillable)[0], tmp_path / "again")
    assert seen.blame is not None
    assert again.blame is not None
    assert (again.blame.cause, again.blame.components) == (seen.blame.cause, seen.blame.components)


async def test_a_healthy_namespace_becomes_a_scenario_without_a_fault(tmp_path: Path) -> None:
    seen = await captured(BASICS.matching("healthy").tasks[0], tmp_path)
    file = tmp_path / "calm.yaml"
    file.write_text(written(seen, file, rename=False, seed=1))
    (drillable,) = load(file)
    assert not drillable.scenario.truth.anomaly
    assert drillable.scenario.fault == ()
    asked = drillable.scenario.load
    assert asked is not None
    assert asked.service == "frontend"
    assert all(0.1 < route.rate < 100 for route in asked.routes)


async def test_no_secret_of_the_cluster_is_in_the_file_and_names_can_be_replaced(tmp_path: Path) -> None:
    seen = await captured(BASICS.matching("bad-release").tasks[0], tmp_path)
    plain = written(seen, tmp_path / "a.yaml", rename=False, seed=1)
    hidden = written(seen, tmp_path / "b.yaml", rename=True, seed=1)
    for secret in ("bGFiLW9ubHkt", "lab-only-"):
        assert secret not in plain + hidden
    assert "kind: Secret" in plain
    assert "checkout" in plain
    assert "checkout" not in hidden
    (tmp_path / "b.yaml").write_text(hidden)
    load(tmp_path / "b.yaml")


async def test_a_captured_incident_knows_where_it_can_be_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "captured.yaml"
    with (
        Drill.prepare(BASICS.matching("target-port").tasks[0], 1) as drill,
        TelemetryServer(drill.stage.traffic) as telemetry,
    ):
        drill.cluster.start()
        settings = drill_settings(drill.cluster, telemetry.url, tmp_path, "playbook")
        monkeypatch.setattr(lab_capture, "load_settings", lambda: settings)
        asked = (drill.cluster, telemetry.url, drill.question, drill.namespace)
        run = await run_agent(*asked, "playbook", tmp_path, read_only=True)
        await capture(drill.namespace, file, run.incident.id, rename=False, seed=1)
    store = await open_store(settings.store_url)
    (episode,) = await store.episodes.since()
    await store.close()
    task = "captured-shop-mitigation"
    assert episode.replay == Replay(suite=str(file), task=task, family="wrong-target-port", seed=1)
    assert [task.id for task in load_suite(str(file)).tasks][-1] == task


async def test_an_unknown_namespace_or_incident_is_told_in_one_sentence(tmp_path: Path) -> None:
    task = BASICS.matching("healthy").tasks[0]
    with pytest.raises(BadInput, match="There is no incident inc-none; `aoi incident list` names them"):
        await captured(task, tmp_path, incident="inc-none")
