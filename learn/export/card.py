"""The card of a data set: what is in it, where it came from, and what was checked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain.base import Value
from learn.export.moments import cut_short
from learn.export.rows import Row
from learn.export.runs import Run
from learn.export.splits import TRAIN
from learn.reward.service import WEIGHTS
from learn.signals.service import Signals

Counts = dict[str, int]


class Checked(Value):
    """The check for secrets: every text of every row was looked at by the redactor, and none held any."""

    rows: int
    texts: int
    """Different ones."""


class Card(Value):
    """What people should know of a data set before they train on it."""

    rows: dict[str, Counts]
    """By file and split."""
    trainable: int
    """Different decisions in the train split, whatever files they are in."""
    runs: Counts
    """By source: the lab, production, and incidents that can be played again."""
    decisions: int
    unsaid: int
    """Decisions that a reply of the Observer cannot say; they are in no file that holds completions."""
    references: Counts
    """Decisions of which somebody knows what they should have been, by who says so."""
    labels: dict[str, Counts]
    """By source and sign."""
    conflicts: int
    """Verdicts that some label contradicts."""
    first: datetime | None
    last: datetime | None
    """When the runs went on."""
    families: dict[str, Counts]
    """Runs by split and family of faults; none is in two splits."""
    models: Counts
    """Groups by the model that they were drawn from."""
    cut_short: tuple[str, ...]
    """Runs without an answer, or with holes in their journal; left out."""
    weights: dict[str, float] = dict(WEIGHTS)
    """Of the parts of the reward."""
    secrets: Checked | None = None


def card_of(runs: Sequence[Run], left: Iterable[Signals], rows: Mapping[str, Sequence[Row]]) -> Card:
    """The card of these runs and rows; `left` are the runs that were left out."""
    moments = [moment for run in runs for moment in run.moments]
    labels: dict[str, Counter[str]] = {}
    for label in (label for run in runs for label in run.signals.labels):
        labels.setdefault(label.source, Counter())[label.sign] += 1
    verdicts = [
        verdict for run in runs for verdict in (run.signals.outcome, *run.signals.steps.values()) if verdict
    ]
    times = [run.signals.episode.at for run in runs]
    families: dict[str, Counter[str]] = {}
    for run in runs:
        families.setdefault(run.split, Counter())[run.family] += 1
    return Card(
        rows={name: _counted(row.split for row in found) for name, found in rows.items()},
        trainable=len({_step(row) for name in rows for row in rows[name] if row.split == TRAIN}),
        runs=_counted(_source(run) for run in runs),
        decisions=len(moments),
        unsaid=sum(moment.reply is None for moment in moments),
        references=_counted(moment.reference.says for moment in moments if moment.reference),
        labels={source: _counted(counts.elements()) for source, counts in sorted(labels.items())},
        conflicts=sum(verdict.conflict for verdict in verdicts),
        first=min(times, default=None),
        last=max(times, default=None),
        families={split: _counted(counts.elements()) for split, counts in sorted(families.items())},
        models=_counted(group.group.model for run in runs for group in run.groups),
        cut_short=tuple(sorted(run.episode.id for run in left if cut_short(run.episode.trajectory))),
    )


def markdown(card: Card) -> str:
    """The same for people."""
    files = [f"| `{name}.jsonl` | {_words(splits) or 'none'} |" for name, splits in card.rows.items()]
    labels = [f"| {source} | {_words(signs)} |" for source, signs in card.labels.items()]
    families = [f"- {split}: {_words(counts)}" for split, counts in card.families.items()]
    checked = card.secrets
    said = (
        f"The redactor looked at {checked.texts} texts in {checked.rows} rows and found none."
        if checked
        else "Not checked."
    )
    return "\n".join(
        [
            "# Data card",
            "",
            f"{card.decisions} decisions of runs by source: {_words(card.runs) or 'none'}.",
            f"They went on from {_day(card.first)} to {_day(card.last)}.",
            f"Someone knows what was right for: {_words(card.references) or 'none'}.",
            f"No reply of the Observer can say {card.unsaid} of them.",
            f"Left out, because they were cut short: {', '.join(card.cut_short) or 'none'}.",
            *("", "| file | rows |", "|---|---|", *files),
            *("", "## Labels", "", "| source | signs |", "|---|---|", *labels),
            *("", f"{card.conflicts} verdicts are contradicted by some label; the weightier source decided."),
            *("", "## Families of faults", "", "None is in two splits; the numbers are runs.", "", *families),
            *("", "## Models", "", f"Groups by the model they were drawn from: {_words(card.models) or 'none'}."),
            *("", "## Reward", "", f"Weights: {', '.join(f'{name} {w:g}' for name, w in card.weights.items())}."),
            *("", "## Secrets", "", said, ""),
        ]
    )


def _step(row: Row) -> str:
    """The run and the journal entry."""
    return ":".join(row.id.split(":")[:2])


def _source(run: Run) -> str:
    episode = run.signals.episode
    if episode.graded is not None:
        return "lab"
    return "production" if episode.replay is None else "production, with a replay"


def _counted(words: Iterable[str]) -> Counts:
    return dict(sorted(Counter(str(word) for word in words).items()))


def _words(counts: Counts) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "no day"
