"""`aoi learn status` and `aoi learn export` on a database: what they print, write and refuse."""

import asyncio
import json
from pathlib import Path

import pytest

from app.cli import main
from domain.episodes import Episode
from store.build import open_store
from tests.app.test_lab_pool import THREE_WAYS
from tests.learn.export.data import answered, lab_run, repaired

TOKEN = "ghp_" + "1a2B3c4D5e6F7g8H9i0JkLmNoPqRsTuVwXyZ"


async def _keep(*episodes: Episode) -> None:
    store = await open_store("sqlite:///.aoi/aoi.db")
    for episode in episodes:
        await store.episodes.keep(episode)
    await store.close()


@pytest.fixture
def team(clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two kept runs; candidates are measured on the family of one of them."""
    (tmp_path / "gate.yaml").write_text(THREE_WAYS)
    monkeypatch.setenv("AOI_GATE_SUITE", "gate.yaml")
    trained = lab_run(asyncio.run(repaired()), "inc-a")
    measured = lab_run(asyncio.run(answered()), "inc-b", "orders-port")
    asyncio.run(_keep(trained, measured))
    return tmp_path


def test_status_says_what_there_is_to_learn_from(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "status", "--json", "status.json"]) == 0
    said = capsys.readouterr().out
    assert "Runs: 2 of lab; 3 decisions." in said
    assert "2 decisions are there to be trained on." in said
    card = json.loads((team / "status.json").read_text())
    assert card["rows"]["prompts"] == {"held-out": 1, "train": 2}
    assert card["families"] == {"held-out": {"orders-port": 1}, "train": {"web": 1}}


def test_export_writes_a_folder_and_says_what_was_checked(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "export", "--out", "data"]) == 0
    assert "Wrote data: no secret in 6 rows; read data/card.md" in capsys.readouterr().out
    rows = [json.loads(line) for line in (team / "data/prompts.jsonl").read_text().splitlines()]
    assert [(row["id"], row["split"]) for row in rows] == [
        ("inc-a:002", "train"), ("inc-a:007", "train"), ("inc-b:002", "held-out"),
    ]  # fmt: skip
    assert main(["learn", "export", "--out", "data"]) == 2
    assert "data exists already; name another folder with --out" in capsys.readouterr().err


def test_a_secret_stops_the_export_with_a_sentence(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = lab_run(asyncio.run(answered()), "inc-leak")
    asked = leak.trajectory.incident.model_copy(update={"question": f"token={TOKEN}"})
    run = leak.trajectory.model_copy(update={"incident": asked})
    asyncio.run(_keep(leak.model_copy(update={"trajectory": run})))
    assert main(["learn", "export", "--out", "data"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Nothing was written: the rows of the run inc-leak hold")
    assert TOKEN not in said
    assert not (team / "data").exists()
    assert main(["learn", "export", "--out", "data", "--leave-out", "inc-leak"]) == 0


def test_nothing_to_export_and_a_day_that_is_none_are_sentences(
    clean: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "status"]) == 0
    assert "Runs: none; 0 decisions." in capsys.readouterr().out
    assert main(["learn", "export"]) == 2
    assert "keep runs by `aoi lab run --record`" in capsys.readouterr().err
    assert main(["learn", "export", "--since", "yesterday"]) == 2
    assert "'%Y-%m-%d'" in capsys.readouterr().err


def test_since_counts_when_runs_were_kept(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "status", "--since", "2026-11-23"]) == 0
    assert "Runs: none" in capsys.readouterr().out
    assert main(["learn", "status", "--since", "2026-11-22"]) == 0
    assert "Runs: 2 of lab" in capsys.readouterr().out
