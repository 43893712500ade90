"""The weekly retrain, by APScheduler over AOI's own database, so that a week that was slept through is made up.

A Kubernetes CronJob that runs `aoi learn retrain --weekly` does the same; both at once make one retrain, since a
week has one key.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from app.learning import TeamLearning, team_learning
from app.settings import Settings, load_settings
from domain.errors import Misconfigured
from domain.retrain import Retrain

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

JOB = "app.schedule:ask"
SCHEDULE = "schedule"
_JOB = "weekly-retrain"
_GRACE_SECONDS = 24 * 3600
"""A start that was missed by less is made up for."""


def key_of(at: datetime) -> str:
    """`weekly:2026-W49`, by the ISO calendar."""
    year, week, _ = at.isocalendar()
    return f"weekly:{year}-W{week:02}"


@asynccontextmanager
async def weekly(settings: Settings) -> AsyncIterator[None]:
    """Keep the schedule while the bot runs; nothing where none is set.

    Raises:
        Misconfigured: the extra `learn` is not installed.
    """
    if not settings.retrain_weekly:
        yield
        return
    try:
        from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
    except ImportError as error:
        raise Misconfigured("AOI_RETRAIN_WEEKLY needs the extra: pip install 'aoi[learn]'.") from error
    stores = {"default": SQLAlchemyJobStore(url=settings.schedule_url)}
    scheduler = AsyncIOScheduler(jobstores=stores, timezone="UTC")
    scheduler.start(paused=True)
    try:
        planned, wanted = scheduler.get_job(_JOB), _trigger(settings.retrain_weekly)
        # One that is planned as it should be is left alone: to plan it anew would forget a start that was missed.
        if planned is None or str(planned.trigger) != str(wanted):
            named = {"id": _JOB, "replace_existing": True}
            scheduler.add_job(JOB, wanted, coalesce=True, misfire_grace_time=_GRACE_SECONDS, **named)
        scheduler.resume()
        yield
    finally:
        scheduler.shutdown(wait=False)


def _trigger(weekly: str) -> "CronTrigger":
    """Of `mon 03:00`, UTC."""
    from apscheduler.triggers.cron import CronTrigger

    day, _, time = weekly.partition(" ")
    hour, _, minute = time.partition(":")
    return CronTrigger(day_of_week=day, hour=int(hour), minute=int(minute), timezone="UTC")


async def ask() -> None:
    """What the schedule runs: by its name, since it outlives the process that planned it."""
    settings = load_settings()
    async with team_learning(settings) as learning:
        await ask_weekly(learning)


async def ask_weekly(learning: TeamLearning, profile: str = "") -> Retrain:
    """This week's retrain, asked for or found; another one where that runs. Raises what `start` raises."""
    channel = learning.settings.retrain_channel
    return await learning.start(key_of(learning.clock.now()), profile, SCHEDULE, channel, "")
