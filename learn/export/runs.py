"""A run that is to be exported, with all that its rows are made of."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.model import Message
from learn.export.moments import Moment, moments_of
from learn.export.render import Render
from learn.export.rows import Turns
from learn.export.splits import family_of, split_of
from learn.signals.groups import RankedGroup, ranked_groups
from learn.signals.service import Signals


@dataclass(frozen=True)
class Run:
    """A run that is to be exported."""

    signals: Signals
    moments: tuple[Moment, ...]
    groups: tuple[RankedGroup, ...]
    family: str
    split: str

    @property
    def task(self) -> str:
        """Of the lab; empty for an incident that cannot be played again."""
        replay = self.signals.episode.replay
        return replay.task if replay else ""

    def where(self, moment: Moment) -> dict[str, str]:
        """What every row of it has, but for its prompt."""
        return {"id": moment.id, "family": self.family, "split": self.split}


def run_of(signals: Signals, render: Render, held_out: Collection[str]) -> Run:
    """A run with its decisions and groups; `held_out` are the families that are not trained on."""
    family = family_of(signals)
    return Run(
        signals=signals,
        moments=tuple(moments_of(signals, render)),
        groups=ranked_groups(signals),
        family=family,
        split=split_of(family, held_out),
    )


def turn(reply: str) -> Turns:
    """A reply as the turn of a chat."""
    return (Message(role="assistant", content=reply),)
