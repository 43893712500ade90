"""`aoi learn retrain` and `aoi learn work`: asking for a retrain, and working on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from app.ambient import LocalBell, RandomIds, SystemClock, process_name
from app.learning import TeamLearning
from app.output import save
from app.schedule import key_of
from app.settings import Settings, load_settings
from app.workshop import AoiWorkshop
from domain.retrain import Outcome, Retrain
from learn.evaluation.gate import GateRule
from learn.retrain.service import Retraining
from store.build import Store, open_store

SCHEDULE = "schedule"
_BAD = (Outcome.FAILED, Outcome.CANCELLED)


async def retrain(profile: str, weekly: bool, json: Path | None) -> int:
    """Ask for a retrain and work on it; 1 when it fails, or another one runs.

    Raises:
        BadInput: there is no such profile, or this AOI cannot train.
        Misconfigured, StoreUnavailable: the database cannot be used.
    """
    settings = load_settings()
    async with _learning(settings) as (learning, store):
        if weekly:
            key, by, channel = key_of(learning.clock.now()), SCHEDULE, settings.retrain_channel
        else:
            key, by, channel = learning.ids.new("terminal"), f"terminal:{process_name()}", ""
        asked = await learning.start(key, profile, by, channel, "")
        console = Console()
        if asked.key != key:
            console.print(f"The retrain {asked.id} runs already; one at a time.", highlight=False)
            return 1
        if not asked.running:
            console.print(f"This week's retrain {asked.id} has ended: {_end(asked)}", highlight=False)
            return 0
        ended = await _worked(settings, store, console) or asked
        save(json, ended.model_dump_json(indent=2))
        return 1 if ended.outcome in _BAD else 0


async def work() -> int:
    """Work on the retrain that waits or was left; 0 also when there is none, or somebody is at it."""
    settings = load_settings()
    async with _learning(settings) as (_, store):
        console = Console()
        if await _worked(settings, store, console) is None:
            console.print("No retrain waits for a worker.")
    return 0


async def ask_weekly(settings: Settings) -> None:
    """What the schedule does: ask, and leave the work to the crew. Raises what `TeamLearning.start` raises."""
    async with _learning(settings) as (learning, _):
        await learning.start(key_of(learning.clock.now()), "", SCHEDULE, settings.retrain_channel, "")


async def _worked(settings: Settings, store: Store, console: Console) -> Retrain | None:
    """The retrain at its end, with a bar meanwhile; `None` when there was none to work on."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Retraining", total=1.0)

        def show(retrain: Retrain) -> None:
            said = f"{retrain.stage.value}: {retrain.words}" if retrain.words else retrain.stage.value
            progress.update(bar, completed=retrain.share, description=said)

        ended = await Retraining(
            Shown(store.retrains, show),
            AoiWorkshop(settings, store, SystemClock()),
            SystemClock(),
            GateRule(margin=settings.gate_margin),
            settings.data_dir / "retrain",
            process_name(),
        ).run()
    if ended is not None:
        console.print(_end(ended), highlight=False, soft_wrap=True)
    return ended
