"""A prepared drill and its answer: the one way in which all who run drills get it."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from app.lab_policies import Run, run_policy
from domain.lessons import Lesson, State
from lab.apart import apart
from lab.drill import Drill
from lab.telemetry.metrics import Metrics
from lab.telemetry.serving import TelemetryServer
from store.build import open_store
from store.migrate import upgrade

DATABASE: Final = "aoi.db"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - each run has a folder of its own in it
"""A file system in memory, where there is one: a run commits dozens of times, each time down to the disk, and its
database goes with it."""


def answer(
    drill: Drill, policy: str, model: str = "", metrics: Metrics | None = None, lessons: Sequence[Lesson] = ()
) -> Run:
    """Serve the drill's cluster and its telemetry, and put its question to a policy there, or to this model.

    `metrics` are those of the drill's traffic, where they are worked out already; `lessons` guide it, whatever
    their state is.
    """
    with (
        TelemetryServer(drill.stage.traffic, metrics=metrics) as telemetry,
        tempfile.TemporaryDirectory(prefix="aoi-drill-", dir=_memory()) as name,
    ):
        folder = Path(name)
        (folder / DATABASE).write_bytes(empty_database())
        if lessons:
            asyncio.run(_teach(folder, lessons, drill.cluster.clock.now_utc()))
        drill.cluster.start()
        return asyncio.run(run_policy(drill, telemetry.url, policy, folder, model))


async def _teach(folder: Path, lessons: Sequence[Lesson], now: datetime) -> None:
    """Put lessons in force, by the drill's own clock."""
    store = await open_store(f"sqlite:///{folder / DATABASE}")
    try:
        for lesson in lessons:
            valid = {"state": State.ACTIVE, "created": now, "expires": now + timedelta(days=1)}
            await store.lessons.keep(lesson.model_copy(update=valid))
    finally:
        await store.close()


@cache
def _memory() -> Path | None:
    """Where the folders of runs go; `None` leaves it to the system."""
    return MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None


@cache
def empty_database() -> bytes:
    """AOI's database before its first incident: its migrations take longer than many a drill."""
    return apart(migrated)


def migrated() -> bytes:
    """The same, worked out in this process."""
    with tempfile.TemporaryDirectory(prefix="aoi-database-", dir=_memory()) as folder:
        path = Path(folder) / DATABASE
        asyncio.run(upgrade(f"sqlite:///{path}"))
        return path.read_bytes()
