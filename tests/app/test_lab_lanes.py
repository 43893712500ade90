"""Processes stay with an application while there is work on it, and none is idle while there is any."""

from app.lab_lanes import Lanes, Taken


def test_whoever_works_in_a_row_stays_there_until_it_is_empty() -> None:
    lanes = Lanes(["ab", "cd"])
    assert (lanes.take(), lanes.take()) == (Taken(0, "a"), Taken(1, "c"))
    assert lanes.take(0) == Taken(0, "b")


def test_after_a_row_comes_one_that_nobody_has_begun_and_then_help_with_the_longest() -> None:
    lanes = Lanes(["a", "bcd", "e"])
    for _ in range(2):
        lanes.take()
    rows = []
    row: int | None = 0
    while (taken := lanes.take(row)) is not None:
        row = taken.row
        rows.append(taken.row)
    assert rows == [2, 1, 1]


def test_every_piece_is_taken_once() -> None:
    lanes = Lanes(["abc", "", "d"])
    found = ""
    while (taken := lanes.take(0)) is not None:
        found += taken.work
    assert sorted(found) == ["a", "b", "c", "d"]
