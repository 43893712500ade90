"""`aoi learn status|export`: the store, the lab's suites and the redactor joined to `learn.export`."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.ambient import RandomIds
from app.model import counter_of
from app.output import save
from app.settings import Settings, load_settings
from domain.episodes import Episode
from graph.model.terms import FormName
from graph.policies.chat.compact.prompt import CompactPrompt
from graph.policies.chat.prompt import ObserverPrompt
from lab.suite import load_suite
from learn.export.card import Card
from learn.export.render import rendered
from learn.export.service import Choice, DataSet, gather, write
from learn.export.tables import TABLES
from learn.picks.tables import tables_of
from store.build import open_store
from tools.redact.service import Redactor

_FOR = {
    "prompts": "GRPO that draws its own completions",
    "groups": "GRPO on what was drawn before",
    "thumbs": "KTO",
    "pairs": "DPO",
    "steps": "SFT",
}
"""What each file is for."""


async def status(since: datetime | None, json: Path | None) -> int:
    """Print what there is to learn from; the card as JSON."""
    found = await gathered(load_settings(), Choice(since=since))
    save(json, found.card.model_dump_json(indent=2))
    _print(Console(), found.card)
    return 0


async def export(out: Path | None, since: datetime | None, leave_out: Collection[str]) -> int:
    """Write the data sets.

    Raises:
        BadInput: there is nothing to export, or the folder is there already or cannot be written.
        ExportRefused: a row holds what looks like a secret.
    """
    settings = load_settings()
    folder = out or settings.data_dir / "dataset"
    card = write(await gathered(settings, Choice(since=since, leave_out=leave_out)), Redactor().text, folder)
    console = Console()
    _print(console, card)
    checked = card.secrets
    assert checked is not None
    console.print(
        f"Wrote {folder}: no secret in {checked.rows} rows; read {folder / 'card.md'} before you train.",
        soft_wrap=True,
        highlight=False,
    )
    return 0


async def gathered(settings: Settings, choice: Choice) -> DataSet:
    """What the database of the settings has to learn from; the families of the gate's suite are held out."""
    store = await open_store(settings.store_url)
    try:
        episodes = await store.episodes.since()
    finally:
        await store.close()
    held_out = _held_out(settings.gate_suite, episodes)
    counter, ids, choice = counter_of(settings), RandomIds(), replace(choice, held_out=held_out)
    tables = tables_of(CompactPrompt(counter, ids)) if settings.model_form is FormName.COMPACT else TABLES
    return gather(episodes, rendered(ObserverPrompt(counter, ids)), choice, tables)


def _held_out(suite: str, episodes: Sequence[Episode]) -> frozenset[str]:
    """Families that candidates are measured on. A suite takes a second to read, so only if a run may be of one."""
    if not any(episode.replay for episode in episodes):
        return frozenset()
    return frozenset(task.drillable.scenario.fault_family for task in load_suite(suite).tasks)


def _print(console: Console, card: Card) -> None:
    runs = ", ".join(f"{count} of {source}" for source, count in card.runs.items()) or "none"
    console.print(f"Runs: {runs}; {card.decisions} decisions.", highlight=False)
    for source, signs in card.labels.items():
        console.print(f"Labels by {source}: {', '.join(f'{s} {n}' for s, n in signs.items())}.", highlight=False)
    table = Table("file", "train", "held out", "for", box=None, pad_edge=False)
    for name, splits in card.rows.items():
        table.add_row(name, str(splits.get("train", 0)), str(splits.get("held-out", 0)), _FOR[name])
    console.print(table)
    console.print(f"{card.trainable} decisions are there to be trained on.", highlight=False)
    if card.conflicts:
        console.print(f"{card.conflicts} verdicts have labels against them; the weightier source decided.")
    if card.cut_short:
        some = ", ".join(card.cut_short[:3]) + (" and others" if len(card.cut_short) > 3 else "")
        console.print(f"{len(card.cut_short)} runs were cut short and are left out: {some}.", highlight=False)
