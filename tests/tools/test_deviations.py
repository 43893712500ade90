"""When a figure is worse than usual: by ratio, by amount and by chance."""

import random

import pytest

from tests.tools.analyzers.signs import requests, service, steady
from tools.deviations import error_share, extra_seconds, failing_share, risen, surge
from tools.signals import Course, Requests

WINDOW = 120.0


@pytest.mark.parametrize(
    ("rate", "failing", "share"),
    [(10, 0.10, 0.10), (10, 0.021, 0.021), (10, 0.015, None), (0.3, 1.0, 1.0), (0.3, 0.05, None), (0.01, 1, None)],
)
def test_a_share_counts_when_it_is_large_and_no_bad_luck(rate: float, failing: float, share: float | None) -> None:
    found = error_share(requests(rate, failing), WINDOW)
    assert found == (None if share is None else pytest.approx(share, rel=0.05))


def test_errors_that_were_there_before_do_not_count_again() -> None:
    assert error_share(requests(10, 0.10, usually=0.05), WINDOW) is None
    assert error_share(requests(10, 0.30, usually=0.05), WINDOW) == pytest.approx(0.3, rel=0.05)


def test_errors_that_have_stopped_do_not_count() -> None:
    assert error_share(Requests(steady(10), Course((5, 0), (0,) * 5)), WINDOW) is None


def test_a_service_without_a_past_is_judged_by_its_errors_alone() -> None:
    young = Requests(Course((10, 10)), Course((5, 5)))
    assert error_share(young, WINDOW) == 0.5
    assert extra_seconds(service("new", seconds=Course((9, 9)), slowest=Course((9, 9))), WINDOW) is None


def test_bad_luck_is_hardly_ever_called_a_fault() -> None:
    """Programs that fail once in 500 requests, over ten thousand windows of all sizes."""
    rng = random.Random(7)
    called = 0
    for _ in range(10_000):
        total = rng.choice((4, 12, 40, 120, 400))
        failed = sum(rng.random() < 0.002 for _ in range(total))
        course = Course((0, failed / WINDOW), (0,) * 5)
        called += (
            error_share(Requests(Course((0, total / WINDOW), (total / WINDOW,) * 5), course), WINDOW) is not None
        )
    assert called <= 3


def test_the_worst_route_speaks_for_a_service_whose_whole_looks_well() -> None:
    quiet = service("api", failing=0.001, routes={"/a": requests(9.9), "/b": requests(0.1, 0.8)})
    assert error_share(quiet.requests, WINDOW) is None
    assert failing_share(quiet, WINDOW) == pytest.approx(0.8, rel=0.05)


def test_latency_wants_requests_a_ratio_an_amount_and_more_than_its_own_noise() -> None:
    assert extra_seconds(service("api", seconds=steady(0.02, 0.3)), WINDOW) == pytest.approx(0.28, rel=0.05)
    assert extra_seconds(service("api", seconds=steady(0.001, 0.02)), WINDOW) is None
    assert extra_seconds(service("api", rate=0.02, seconds=steady(0.02, 0.3)), WINDOW) is None
    assert extra_seconds(service("api", slowest=steady(0.1, 5.0)), WINDOW) == pytest.approx(4.9, rel=0.05)


def test_half_an_hour_of_trouble_in_the_past_does_not_become_usual() -> None:
    past = (0.02, 0.02, 0.02, 9.0, 9.0)
    assert Course((9, 9), past).usual == 0.02
    assert risen(Course((9, 9), past[:3]), 2, 0.05) == pytest.approx(8.98)


def test_a_surge_is_many_times_the_usual_and_some_requests_a_second() -> None:
    assert surge(service("api", now=60)) == pytest.approx(6, rel=0.05)
    assert surge(service("api", rate=0.1, now=0.6)) is None
    assert surge(service("api", now=20)) is None
