"""`aoi learn evolve|lessons`: the store, the lab and the model joined to `learn.evolver`."""

import os
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.ambient import RandomIds, SystemClock
from app.learn_calls import CountedCalls
from app.learn_replays import replaying
from app.model import model_client, model_server
from app.output import save
from app.settings import Settings, load_settings
from domain.base import Value
from domain.lessons import Lesson, State
from domain.ports import Replays
from graph.lessons.words import does_words, origin, proof_words, when_words
from learn.evolver.judge import Bounds, Judge
from learn.evolver.rubric import by_words
from learn.evolver.service import Evolver, Limits, NoModel, Plans, Round
from learn.evolver.service import Progress as Progressed
from store.build import Store, open_store

MOST_REPLAYS = 400
MOST_SECONDS = 1_800.0


class Evolved(Value):
    """The JSON of `aoi learn evolve`."""

    round: Round
    replays: int
    seconds: float


async def evolve(limit: int, workers: int, json: Path | None) -> int:
    """Learn from the failed runs on record, print what was learned, and write it as JSON.

    Raises:
        Misconfigured, StoreUnavailable: the database cannot be used.
    """
    settings, console, started = load_settings(), Console(), time.monotonic()
    count = workers or os.cpu_count() or 1
    store = await open_store(settings.store_url)
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task("Reading runs", total=None)
            with replaying(
                count, MOST_REPLAYS, MOST_SECONDS, lambda n: progress.update(bar, description=f"Replay {n}")
            ) as replays:

                def told(done: int, total: int, name: str) -> None:
                    progress.update(bar, completed=done, total=total, description=f"Learned from {name}")

                found = await _round(settings, store, replays, Limits(runs=limit, at_once=2 * count), told)
    finally:
        await store.close()
    evolved = Evolved(round=found, replays=replays.played, seconds=time.monotonic() - started)
    _print(console, evolved)
    save(json, evolved.model_dump_json(indent=2))
    return 0


async def _round(settings: Settings, store: Store, replays: Replays, limits: Limits, told: Progressed) -> Round:
    server = model_server(settings)
    model: Plans = NoModel()
    try:
        if server is not None:
            from learn.evolver.drawing import ModelPlans  # the model's library takes a second to import

            model = ModelPlans(model_client(settings, server, CountedCalls(store.model_calls, store.incidents)))
        judge = Judge(replays, by_words, Bounds())
        evolver = Evolver(
            store.lessons, store.audit, judge, SystemClock(), RandomIds(), model=model, limits=limits
        )
        return await evolver.round(await store.episodes.since(), told)
    finally:
        if server is not None:
            await server.close()


async def show(json: Path | None) -> int:
    """Print the lessons; all of them as JSON, the rejected ones included."""
    store = await open_store(load_settings().store_url)
    try:
        lessons = await store.lessons.all()
    finally:
        await store.close()
    save(json, Lessons(lessons=lessons).model_dump_json(indent=2))
    console = Console()
    shown = [lesson for lesson in lessons if lesson.state is not State.REJECTED]
    if not shown:
        console.print("No lessons yet; correct AOI by 👎 in Slack, then run `aoi learn evolve`.")
        return 0
    table = Table("id", "state", "when", "then", "proof", "from", box=None, pad_edge=False)
    for lesson in shown:
        table.add_row(
            lesson.id,
            lesson.state.value,
            when_words(lesson),
            does_words(lesson),
            proof_words(lesson),
            origin(lesson),
        )
    console.print(table, markup=False, highlight=False)
    return 0


class Lessons(Value):
    """The JSON of `aoi learn lessons`."""

    lessons: tuple[Lesson, ...]


def _print(console: Console, evolved: Evolved) -> None:
    found = evolved.round
    lessons = {lesson.id: lesson for lesson in found.lessons}
    table = Table("run", "what went wrong", "learned", "tried", box=None, pad_edge=False)
    for one in found.learned:
        lesson = lessons.get(one.lesson)
        said = f"{lesson.id}: {when_words(lesson)}, then {does_words(lesson)}" if lesson else one.why
        table.add_row(one.mined.episode, one.mined.flaw.value, said, str(one.rejected + bool(one.lesson)))
    if found.learned:
        console.print(table, markup=False, highlight=False)
    active = sum(bool(one.lesson) for one in found.learned)
    console.print(
        f"{found.runs} failed runs, {active} lessons learned, {found.alternatives} other ways kept as data, "
        f"{len(found.expired)} lessons expired; {evolved.replays} replays in {evolved.seconds:.0f} s.",
        highlight=False,
    )
