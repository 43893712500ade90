"""`aoi lab validate` says what it tried, and fails when a grader judges wrongly."""

from dataclasses import replace

import pytest

from app.lab_validate import validate
from domain.diagnosis import Diagnosis
from domain.errors import BadInput
from lab.checks import Watched
from lab.grade import Case, Grade, grade


def lenient(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    return replace(grade(case, diagnosis, world), success=diagnosis is not None)


def test_graders_that_judge_well_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("basics", "target-po*", seeds=2, workers=1, rename=True) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("24 trials over 1 tasks and 2 seeds in ")
    assert "(reference 2, nothing done 2, near miss 4, wrong answer 10, collateral damage 6)" in said
    assert said.endswith("0 judged wrongly.")


def test_a_grader_that_judges_wrongly_fails_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("basics", "target-port", seeds=1, workers=1, rename=False, grader=lenient) == 1
    said = capsys.readouterr().out
    assert "seed 0: target-port, nothing done: passes, and must not" in " ".join(said.split())


def test_two_processes_find_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("basics", "target-port", seeds=2, workers=2, rename=False) == 0
    assert " over 1 tasks and 2 seeds " in capsys.readouterr().out


def test_a_glob_that_meets_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="No task of the suite basics matches `nothing`"):
        validate("basics", "nothing", seeds=1, workers=1, rename=False)
