"""Inspect's eval logs of runs that are done already: the by-product of `aoi lab run --log-dir`."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from inspect_ai import eval as evaluate
from inspect_ai.log import EvalLog

from app.inspect.tasks import evaluation
from app.lab_pool import Job
from app.results import EpochResult
from domain.errors import BadInput
from lab.suite import Suite


def write_log(
    suite: Suite,
    source: str,
    policy: str,
    epochs: int,
    seed: int,
    rename: bool,
    runs: Mapping[Job, EpochResult],
    to: Path,
) -> EvalLog:
    """Write one log into the folder `to`, for `inspect view`. Raises BadInput when that cannot be done."""

    async def look_up(job: Job) -> EpochResult:
        return runs[job]

    task = evaluation(suite, source, policy, epochs, seed, rename, look_up)
    with _our_own_level():
        (log,) = evaluate(task, model="none/none", log_dir=str(to), display="none", log_level="error")
    if log.status != "success":
        raise BadInput(f"Inspect could not write its log into {to}; is the folder writable?")
    return log


@contextmanager
def _our_own_level() -> Iterator[None]:
    """Inspect sets the level of the root logger, and with it what AOI itself may say from then on."""
    root = logging.getLogger()
    before = root.level
    try:
        yield
    finally:
        root.setLevel(before)
