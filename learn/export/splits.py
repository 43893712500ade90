"""Which family of faults a run belongs to, and which families are held out.

What candidates are measured on is held out whole, family by family; everything else is for training. An incident
that cannot be played again is a family of its cause, apart from the lab's.
"""

from collections.abc import Collection
from typing import Final

from learn.signals.service import Signals

TRAIN: Final = "train"
HELD_OUT: Final = "held-out"


def family_of(run: Signals) -> str:
    """The family of a run: the lab's, or `incident:` and its cause."""
    if run.episode.replay is not None:
        return run.episode.replay.family
    found = run.episode.trajectory.diagnosis
    causes = run.known.truth.causes if run.known else ()
    cause = next(iter(causes), found.cause if found else None)
    return f"incident:{cause.value if cause else 'none'}"


def split_of(family: str, held_out: Collection[str]) -> str:
    """The split of a family."""
    return HELD_OUT if family in held_out else TRAIN
