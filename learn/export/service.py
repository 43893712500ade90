"""A data set of runs: gathered, checked, and written as a folder that is whole or not there."""

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.episodes import Episode
from domain.errors import BadInput
from learn.export.card import Card, card_of, markdown
from learn.export.moments import cut_short
from learn.export.render import Render
from learn.export.rows import Row
from learn.export.runs import run_of
from learn.export.secrets import Redact, check
from learn.export.tables import TABLES, Tables
from learn.signals.service import signals_of


@dataclass(frozen=True)
class Choice:
    """Which runs are wanted."""

    held_out: Collection[str] = ()
    """Families of faults that are not trained on."""
    since: datetime | None = None
    """Only runs that went on at or after this."""
    leave_out: Collection[str] = ()
    """Ids of runs that are not wanted."""


@dataclass(frozen=True)
class DataSet:
    """What would be written."""

    rows: dict[str, list[Row]]
    card: Card
    tables: Tables = TABLES


def gather(episodes: Sequence[Episode], render: Render, choice: Choice, tables: Tables = TABLES) -> DataSet:
    """The rows of all files, in the order of their ids, and their card. Give all episodes; `choice` picks."""
    wanted = [s for s in signals_of(episodes) if _is_wanted(s.episode, choice)]
    whole = [signals for signals in wanted if not cut_short(signals.episode.trajectory)]
    runs = [run_of(signals, render, choice.held_out) for signals in whole]
    rows = {name: sorted((r for run in runs for r in make(run)), key=lambda r: r.id) for name, _, make in tables}
    left = [signals for signals in wanted if cut_short(signals.episode.trajectory)]
    return DataSet(rows, card_of(runs, left, rows), tables)


def write(found: DataSet, redact: Redact, folder: Path) -> Card:
    """Write the folder; its card says what was checked.

    Raises:
        BadInput: there is nothing to write, or the folder is there already or cannot be written.
        ExportRefused: a row holds what looks like a secret; nothing was written.
    """
    if not any(found.rows.values()):
        raise BadInput(_nothing(found.card))
    if folder.exists():
        raise BadInput(f"{folder} exists already; name another folder with --out, or remove it.")
    card = found.card.model_copy(update={"secrets": check(found.rows, redact)})
    fresh = folder.with_name(f"{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)  # left by an export that was killed
        fresh.mkdir(parents=True)
        _write(found, card, fresh)
        fresh.rename(folder)
    except OSError as e:
        shutil.rmtree(fresh, ignore_errors=True)
        raise BadInput(f"{folder} cannot be written ({e.strerror}); make room, or name another with --out.") from e
    return card


def _is_wanted(episode: Episode, choice: Choice) -> bool:
    return episode.id not in choice.leave_out and (choice.since is None or episode.at >= choice.since)


def _nothing(card: Card) -> str:
    if card.decisions:
        return "There is nothing to export yet: of no run is known whether it was good; give thumbs, or approve."
    return (
        "There is nothing to export: no run has ended; ask AOI in Slack, or keep runs by `aoi lab run --record`."
    )


def _write(found: DataSet, card: Card, folder: Path) -> None:
    from learn.export.parquet import write_parquet  # a third of a second to import

    for name, kind, _ in found.tables:
        (folder / f"{name}.jsonl").write_text(_lines(found.rows[name]), encoding="utf-8")
        write_parquet(found.rows[name], kind, folder / f"{name}.parquet")
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "card.md").write_text(markdown(card), encoding="utf-8")


def _lines(rows: Iterable[Row]) -> str:
    return "".join(f"{row.model_dump_json()}\n" for row in rows)
