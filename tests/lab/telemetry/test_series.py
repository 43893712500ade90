"""Rates are the same from all samples of a series and, while it only grows, from its first and its last."""

import pytest

from lab.telemetry.promql.functions import rates
from lab.telemetry.promql.values import Matrix, Window
from lab.telemetry.series import SCRAPE_SECONDS, Series

RESTART = 300.0
"""Seconds; a program counts anew from here."""


def counter() -> Series:
    def value(at: float) -> float | None:
        if at < 60:
            return None
        return at * 2 if at < RESTART else (at - RESTART) * 3

    def grows(first: float, last: float) -> bool:
        return first >= 60 and (first < RESTART) is (last < RESTART)

    return Series({"__name__": "requests_total"}, value, grows)


def rate(samples: list[tuple[float, float]], count: int, start: float, end: float) -> list[float]:
    found = rates("rate", Matrix([Window({}, samples, count)], start, end) if samples else Matrix([], start, end))
    return [sample.value for sample in found.samples]


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [(70, 290, 2), (301, 600, 2), (200, 400, 13), (0, 130, 5), (0, 50, 0), (61, 76, 1), (61, 91, 2)],
)
def test_an_outline_gives_the_rate_of_all_samples(start: float, end: float, read: int) -> None:
    whole = counter().between(start, end)
    samples, count = counter().outline(start, end)
    assert (len(samples), count) == (read, len(whole))
    assert rate(samples, count, start, end) == rate(whole, len(whole), start, end)


def test_a_series_of_which_nobody_can_tell_whether_it_grows_hands_out_all() -> None:
    gauge = Series({}, lambda at: -at)
    samples, count = gauge.outline(0, 10 * SCRAPE_SECONDS)
    assert samples == gauge.between(0, 10 * SCRAPE_SECONDS)
    assert count == 10


def test_the_newest_sample_is_the_last_that_there_is() -> None:
    gone = Series({}, lambda at: at if at <= 100 else None)
    assert gone.newest(0, 200) == 90
    assert gone.newest(100, 200) is None
