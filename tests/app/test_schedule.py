"""The weekly retrain: planned once, kept over restarts, made up for when it was slept through."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.schedule import key_of, weekly
from app.settings import Settings

MONDAY = {"retrain_weekly": "mon 03:00", "retrain_profile": "tiny", "retrain_channel": "C0LEARN"}


def settings(folder: Path, **more: str) -> Settings:
    return Settings.model_validate({"_env_file": None, "data_dir": folder, **more})


def planned(folder: Path) -> list[float]:
    """When the jobs of the database are due, in seconds since 1970."""
    with sqlite3.connect(folder / "aoi.db") as database:
        return [row[0] for row in database.execute("SELECT next_run_time FROM apscheduler_jobs")]


def move(folder: Path, due: float) -> None:
    with sqlite3.connect(folder / "aoi.db") as database:
        database.execute("UPDATE apscheduler_jobs SET next_run_time = ?", [due])


async def test_it_is_planned_once_for_the_next_monday(tmp_path: Path) -> None:
    for _ in range(2):
        async with weekly(settings(tmp_path, **MONDAY)):
            (due,) = planned(tmp_path)
    at = datetime.fromtimestamp(due, UTC)
    assert (at.weekday(), at.hour, at.minute) == (0, 3, 0)


async def test_another_time_takes_the_place_of_the_first(tmp_path: Path) -> None:
    async with weekly(settings(tmp_path, **MONDAY)):
        pass
    async with weekly(settings(tmp_path, **{**MONDAY, "retrain_weekly": "fri 22:30"})):
        (due,) = planned(tmp_path)
    assert datetime.fromtimestamp(due, UTC).weekday() == 4


async def test_without_a_time_nothing_is_begun(tmp_path: Path) -> None:
    async with weekly(settings(tmp_path)):
        assert not (tmp_path / "aoi.db").exists()


async def test_a_start_does_not_forget_one_that_is_due(tmp_path: Path) -> None:
    async with weekly(settings(tmp_path, **MONDAY)):
        pass
    due = datetime.now(UTC).timestamp() + 5
    move(tmp_path, due)
    async with weekly(settings(tmp_path, **MONDAY)):
        assert planned(tmp_path) == [pytest.approx(due)]


@pytest.mark.parametrize(
    ("at", "key"),
    [
        (datetime(2026, 11, 30, tzinfo=UTC), "weekly:2026-W49"),
        (datetime(2027, 1, 1, tzinfo=UTC), "weekly:2026-W53"),
        (datetime(2027, 1, 4, tzinfo=UTC), "weekly:2027-W01"),
    ],
)
def test_a_week_has_one_name(at: datetime, key: str) -> None:
    assert key_of(at) == key
