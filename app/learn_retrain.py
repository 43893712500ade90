"""`aoi learn retrain` and `aoi learn work`: asking for a retrain, and working on it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from app.ambient import process_name
from app.learning import TeamLearning, check_worker, team_learning, usable_profile
from app.output import save
from app.schedule import ask_weekly, key_of
from app.settings import load_settings
from app.signals import stopped
from app.workshop import AoiWorkshop
from domain.errors import AoiError, StoreUnavailable
from domain.retrain import Outcome, Retrain
from domain.terms import TERMINAL
from learn.evaluation.gate import GateRule
from learn.retrain.service import Retraining

T = TypeVar("T")
_LOOK_SECONDS = 1.0
_BAD = (Outcome.FAILED, Outcome.CANCELLED)


class Interrupted(AoiError):
    """Somebody ended this worker; the retrain waits for another one."""


async def retrain(profile: str, weekly: bool, user: str, json: Path | None) -> int:
    """Ask for a retrain and work on it, or follow whoever does; 1 when it fails, or another one runs.

    Where the week's is wanted, another one is brought to its end first.

    Raises:
        BadInput: there is no such profile, or this AOI cannot train.
        Interrupted: this process shall end.
        Misconfigured, StoreUnavailable: the database cannot be used.
    """
    settings, console = load_settings(), Console()
    usable_profile(settings, profile)
    check_worker(settings)
    async with team_learning(settings) as learning:
        if weekly:
            job = _this_weeks(learning, profile, console)
        else:
            key = learning.ids.new(TERMINAL)
            asked = await learning.start(key, profile, f"{TERMINAL}:{user}", "", "")
            if asked.key != key:
                console.print(f"The retrain {asked.id} runs already; one at a time.", highlight=False)
                return 1
            job = _to_its_end(learning, asked, console)
        ended = await _unless_stopped(job)
        _print(console, ended)
        save(json, ended.model_dump_json(indent=2))
        return 1 if ended.outcome in _BAD else 0


async def work() -> int:
    """Work on the retrain that waits or was left; 0 also when there is none, or somebody is at it.

    Raises:
        Interrupted: this process shall end.
        Misconfigured, StoreUnavailable: the database cannot be used.
    """
    console = Console()
    async with team_learning(load_settings()) as learning:
        async with _bar(learning, console):
            ended = await _unless_stopped(_retraining(learning).run())
        if ended is None:
            console.print("No retrain waits for a worker.")
        else:
            _print(console, ended)
    return 0


async def _this_weeks(learning: TeamLearning, profile: str, console: Console) -> Retrain:
    key = key_of(learning.clock.now())
    while (asked := await ask_weekly(learning, profile)).key != key:
        await _to_its_end(learning, asked, console)
    return await _to_its_end(learning, asked, console)


async def _to_its_end(learning: TeamLearning, asked: Retrain, console: Console) -> Retrain:
    """Work on it; while another worker does, watch, and take over when that one falls silent."""
    async with _bar(learning, console):
        while True:
            ended = await _retraining(learning).run()
            now = ended if ended is not None and ended.id == asked.id else await learning.retrain(asked.id)
            if not now.running:
                return now
            await learning.clock.sleep(_LOOK_SECONDS)


def _retraining(learning: TeamLearning) -> Retraining:
    settings, store = learning.settings, learning.store
    return Retraining(
        store.retrains,
        AoiWorkshop(settings, store, learning.clock),
        learning.clock,
        GateRule(margin=settings.gate_margin),
        settings.data_dir.resolve() / "retrain",
        process_name(),
    )


async def _unless_stopped(job: Coroutine[object, object, T]) -> T:
    """The result. Raises Interrupted at SIGTERM or Ctrl-C, once all that the job had started has ended."""
    work, stop = asyncio.ensure_future(job), asyncio.ensure_future(stopped())
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise Interrupted("Stopped; what is done is kept, and `aoi learn work` goes on from there.")
        return work.result()
    finally:
        for task in (work, stop):
            task.cancel()
        await asyncio.wait({work, stop})


@asynccontextmanager
async def _bar(learning: TeamLearning, console: Console) -> AsyncIterator[None]:
    """What the record says of the newest retrain, on a terminal; whoever works on it."""
    if not console.is_terminal:
        yield
        return
    with Progress(console=console, transient=True) as progress:
        showing = asyncio.create_task(_show(learning, progress, progress.add_task("Retraining", total=1.0)))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.wait({showing})


async def _show(learning: TeamLearning, progress: Progress, bar: TaskID) -> None:
    while True:
        with suppress(StoreUnavailable):
            for retrain in await learning.latest(1):
                words = f"{retrain.stage.value}: {retrain.words}" if retrain.words else retrain.stage.value
                progress.update(bar, completed=retrain.share, description=words)
        await learning.clock.sleep(_LOOK_SECONDS)


def _print(console: Console, ended: Retrain) -> None:
    """The table before and after, how it ended, and what can be done now."""
    if ended.table:
        table = Table("", "before", "after", box=None, pad_edge=False)
        for line in ended.table:
            table.add_row(line.name, line.before, line.after)
        console.print(table, highlight=False, markup=False)
    said = [f"{ended.id}, {ended.profile}: {ended.outcome.value if ended.outcome else 'runs'}. {ended.why}"]
    said += [f"The report is in {ended.report}."] if ended.report else []
    said += [_way_on(ended)]
    console.print(" ".join(part for part in said if part), highlight=False, markup=False, soft_wrap=True)


def _way_on(ended: Retrain) -> str:
    if ended.outcome in (Outcome.READY, Outcome.REFUSED):
        return f"`aoi learn promote {ended.candidate}` lets it decide."
    return "`aoi learn rollback` takes it back." if ended.outcome is Outcome.PROMOTED else ""
