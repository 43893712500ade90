"""The token bucket."""

from bot.pace import Pace


def test_a_burst_and_then_one_a_second() -> None:
    pace = Pace.of(per_second=1.0, burst=3)
    for _ in range(3):
        assert pace.wait(100.0) == 0
        pace.take(100.0)
    assert pace.wait(100.0) == 1.0
    assert pace.wait(100.75) == 0.25
    assert pace.wait(101.0) == 0


def test_slack_s_wish_is_honoured_and_failures_back_off() -> None:
    pace = Pace.of(per_second=1.0, burst=3)
    pace.hold(10.0, 7.0)
    assert pace.wait(12.0) == 5.0
    waits = []
    for _ in range(9):
        pace.failed(1000.0)
        waits.append(pace.wait(1000.0))
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == 30.0
    pace.worked()
    assert pace.failures == 0
