"""The runs of an evaluation, in processes of their own."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from app.lab_pool import Job, run_alone
from app.results import EpochResult


class Pool:
    """Worlds are CPU work, and Inspect has one event loop for all samples."""

    def __init__(self, workers: int) -> None:
        """Nothing starts before the first run."""
        # spawn: a forked child would share the parent's event loops, threads and sockets.
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))

    async def __call__(self, job: Job) -> EpochResult:
        """One run. Raises what `run_alone` raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, run_alone, job)
