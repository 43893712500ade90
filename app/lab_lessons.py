"""The lessons in force, for runs of the lab that they shall guide."""

import asyncio

from app.ambient import SystemClock
from app.settings import load_settings
from domain.lessons import Lesson, State
from store.build import open_store


def in_force() -> tuple[Lesson, ...]:
    """Those of AOI's own database that are active and not over.

    Raises:
        Misconfigured, StoreUnavailable: the database cannot be used.
    """
    return asyncio.run(_in_force())


async def _in_force() -> tuple[Lesson, ...]:
    store = await open_store(load_settings().store_url)
    try:
        lessons = await store.lessons.all((State.ACTIVE,))
    finally:
        await store.close()
    now = SystemClock().now()
    return tuple(lesson for lesson in lessons if lesson.expires > now)
