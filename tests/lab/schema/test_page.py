"""The page for authors holds what it says: its tables are the models', and its example works."""

import json
import re
from pathlib import Path

import pytest

from app.cli import main
from lab.cluster.scripted import WORDS
from lab.schema import tables
from lab.suite import builtin_suites

PAGE = tables.PAGE.read_text("utf-8")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    found = re.search(r"<!-- example -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    path = tmp_path / "drill.yaml"
    path.write_text(found[1], "utf-8")
    return path


def test_every_operation_and_check_is_in_its_table() -> None:
    assert tables.filled(PAGE) == PAGE, "run `make schema`"
    for words in (("`set_flag`", "`occupy_node`"), ("`served`", "`steady`")):
        assert all(f"| {word} |" in PAGE for word in words)


def test_every_annotation_is_in_its_table() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)` \| .* \| .* \|$", PAGE, re.MULTILINE))
    assert set(WORDS) <= told


def test_the_suites_that_it_names_are_there() -> None:
    assert set(re.findall(r"`(aiopslab-86:[a-z-]+)`", PAGE)) <= set(builtin_suites())


def test_the_example_is_in_order(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "check", str(example)]) == 0
    assert capsys.readouterr().out == f"{example}: the scenario menu-release is in order.\n"


def test_the_grader_of_the_example_can_be_trusted(example: Path) -> None:
    assert main(["lab", "validate", "--suite", str(example), "--seeds", "1"]) == 0


def test_the_example_is_solved(example: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    command = ["lab", "run", "--suite", str(example), "--epochs", "1", "--workers", "1", "--json", str(result)]
    assert main(command) == 0
    assert json.loads(result.read_text())["summary"]["best_at_k"] == 1
