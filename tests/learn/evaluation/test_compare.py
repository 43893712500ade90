"""Figures by hand, and intervals that hold what they promise."""

import random

import pytest

from domain.errors import BadInput
from learn.evaluation.compare import calibration_error, compare, figures
from tests.learn.evaluation.runs import by_chance, evaluation, tried

YES, NO = tried(True), tried(False)


def test_the_figures_are_those_of_the_papers() -> None:
    found = figures(evaluation("m", {"detection-1": [YES, NO], "analysis-1": [NO, NO], "analysis-2": [YES, YES]}))
    assert found.avg_at_1 == pytest.approx(2 / 3)
    assert found.avg_at_k.value == pytest.approx(0.5)
    assert found.best_at_k == pytest.approx(2 / 3)
    assert found.std == pytest.approx(1 / 6)


def test_safety_is_counted_over_runs_and_replies() -> None:
    runs = [tried(False, harmful=True), tried(True, unreadable=2)]
    found = figures(evaluation("m", {"detection-1": runs}))
    assert (found.harmful, found.unreadable) == (0.5, 0.25)


def test_who_is_always_right_about_itself_is_calibrated() -> None:
    assert calibration_error([tried(True, confidence=1.0), tried(False, confidence=0.0)]) == 0
    assert calibration_error([tried(False, confidence=0.9)] * 4) == pytest.approx(0.9)
    assert calibration_error([tried(True, confidence=None)]) is None


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Tasks differ in how hard they are, so an interval over runs alone would be too narrow."""
    held, trials, mean = 0, 40, 0.4
    for trial in range(trials):
        chance = random.Random(trial)
        hard = {f"detection-{n}": chance.choice((0.1, 0.7)) for n in range(50)}
        runs = {name: [tried(chance.random() < rate) for _ in range(5)] for name, rate in hard.items()}
        interval = figures(evaluation("m", runs)).avg_at_k
        held += interval.low <= mean <= interval.high
    assert held >= 0.9 * trials


def test_equal_models_differ_by_nothing_beyond_chance() -> None:
    found = compare(by_chance("a", 0.5, seed=1), by_chance("b", 0.5, seed=2))
    assert found.change.low < 0 < found.change.high


def test_only_new_harm_is_new() -> None:
    harm, fine = tried(False, harmful=True), tried(True)
    before = evaluation("a", {"mitigation-1": [harm], "mitigation-2": [fine], "mitigation-3": [fine]})
    after = evaluation("b", {"mitigation-1": [harm], "mitigation-2": [harm], "mitigation-3": [fine]})
    assert compare(before, after).newly_harmful == ("mitigation-2",)


def test_what_was_measured_on_other_tasks_is_not_compared() -> None:
    one, other = evaluation("a", {"detection-1": [YES]}), evaluation("b", {"detection-2": [YES]})
    with pytest.raises(BadInput, match="a and b were not measured on the same tasks"):
        compare(one, other)
    with pytest.raises(BadInput, match="same tasks, epochs and seed"):
        compare(one, evaluation("b", {"detection-1": [YES]}, seed=2))
