"""Virtual time."""

import pytest

from lab.cluster.clock import VirtualClock
from tests.lab.cluster.quiet import START


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == START.timestamp()
    clock.advance(90.5)
    assert clock.iso() == "2026-01-05T09:01:30Z"
    assert clock.micro() == "2026-01-05T09:01:30.500000Z"
    assert clock.now_utc().tzinfo is not None
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_a_running_clock_runs_at_its_speed() -> None:
    wall = iter((100.0, 103.0, 103.0))
    clock = VirtualClock(START, speed=10, monotonic=lambda: next(wall))
    assert clock.now() == START.timestamp() + 30
    clock.advance(5)
    assert clock.now() == START.timestamp() + 35


@pytest.mark.parametrize(
    "text", ["2026-01-05T09:00:00Z", "2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00.000000Z"]
)
def test_it_reads_every_spelling_of_a_time(text: str) -> None:
    assert VirtualClock(START).parse(text) == START.timestamp()
