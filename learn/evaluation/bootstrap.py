"""Intervals by the bootstrap: tasks are drawn anew, and of each task its runs, since both are samples.

The bootstrap of hierarchical data, with percentile intervals: Davison and Hinkley, Bootstrap Methods and their
Application (1997), section 3.8. To draw k runs of a task with replacement is to draw its number of successes from
a binomial distribution.
"""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from domain.evaluation import Interval, Scored

DRAWS = 4_000
_TAILS = (2.5, 97.5)

Floats = NDArray[np.float64]


def interval_of_mean(tasks: Sequence[Scored], seed: int = 0) -> Interval:
    """The mean success rate over tasks, 0 to 1."""
    chance = default_rng(seed)
    return _interval(fmean(task.rate for task in tasks), _drawn(tasks, _at(len(tasks), chance), chance))


def interval_of_change(before: Sequence[Scored], after: Sequence[Scored], seed: int = 0) -> Interval:
    """The mean of after minus before, paired by task, -1 to 1. Both hold the same tasks in the same order."""
    chance = default_rng(seed)
    at = _at(len(before), chance)
    value = fmean(new.rate - old.rate for old, new in zip(before, after, strict=True))
    return _interval(value, _drawn(after, at, chance) - _drawn(before, at, chance))


def _at(tasks: int, chance: Generator) -> NDArray[np.int64]:
    """Which tasks each draw holds, of shape (draws, tasks)."""
    return chance.integers(tasks, size=(DRAWS, tasks))


def _drawn(tasks: Sequence[Scored], at: NDArray[np.int64], chance: Generator) -> Floats:
    """Success rates of the tasks drawn, each from runs drawn anew, of the shape of `at`."""
    runs = np.array([len(task.runs) for task in tasks])[at]
    rates = np.array([task.rate for task in tasks])[at]
    drawn: Floats = chance.binomial(runs, rates) / runs
    return drawn


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = np.percentile(drawn.mean(axis=1), _TAILS)
    return Interval(value=value, low=min(float(low), value), high=max(float(high), value))
