"""How the executor takes work from the database: as long as there is some, else after a bell or a pause."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.errors import Temporary
from domain.ports import Bell

TROUBLE_SECONDS = 5.0
"""Wait after the database could not be used."""


async def work_off(
    run_once: Callable[[], Awaitable[bool]], stop: asyncio.Event, bell: Bell, topic: str, pause_seconds: float
) -> None:
    """Until told to stop; what is under way is finished first. `run_once` says whether it had something to do."""
    while not stop.is_set():
        try:
            worked, pause = await run_once(), pause_seconds
        except Temporary:
            worked, pause = False, TROUBLE_SECONDS
        if not worked:
            await bell.wait(topic, pause)
