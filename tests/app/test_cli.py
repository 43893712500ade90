"""The command line's manners: one sentence on stderr with the way out, and the right exit status."""

from pathlib import Path

import pytest

from app.cli import main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env, no kubeconfig and no settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "No such command 'frobnicate'; `aoi --help`"),
        (["investigate"], "Missing argument 'question'; `aoi investigate --help`"),
        (["lab", "run", "--epochs", "x"], "'--epochs'"),
        (["lab", "run", "--suite", "nope"], "the built-in suites are"),
        (["lab", "run", "--policy", "oracle"], "known policies: playbook"),
        (["lab", "run", "--tasks", "nope*"], "`aoi lab list` names them"),
        (["demo", "--scenario", "nope"], "`aoi lab list` names them"),
        (["incident", "show", "inc-1"], "`aoi incident list` shows"),
        (["serve"], "AOI_SLACK_BOT_TOKEN is not set"),
        (["executor"], "set it to 'separate'"),
    ],
)
def test_wrong_use_is_a_sentence_with_the_way_out(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [[], ["lab"], ["incident"], ["db"]])
def test_no_command_shows_what_there_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: aoi" in capsys.readouterr().err


def test_a_fresh_database_has_no_incidents(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "upgrade"]) == 0
    assert main(["incident", "list"]) == 0
    assert "No incidents on record." in capsys.readouterr().out


def test_the_doctor_fails_and_says_how_to_mend(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    assert main(["doctor", "--json", str(file)]) == 1
    said = capsys.readouterr().out
    assert "AOI_APPROVERS" in said
    assert "AOI_SLACK_BOT_TOKEN" in said
    assert '"name": "database"' in file.read_text()


def test_a_result_that_cannot_be_written_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["doctor", "--json", str(tmp_path / "no" / "where.json")]) == 2
    assert "name a file in a folder that exists" in capsys.readouterr().err


def test_an_unknown_artifact_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["incident", "artifact", "f" * 64]) == 2
    assert "There is no artifact 'ffff" in capsys.readouterr().err
