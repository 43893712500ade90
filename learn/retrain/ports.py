"""What a retrain needs done; `app` knows how."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from domain.base import Value
from domain.evaluation import Evaluation
from domain.retrain import Harvest


class Tell(Protocol):
    """Says how far a stage is. Raises `Stopped` when the retrain was cancelled or taken over."""

    async def __call__(
        self, share: float, words: str, rewards: Sequence[float] = (), seconds_left: float | None = None
    ) -> None:
        """`share` of the stage, 0 to 1; `words` for people; `rewards` of the training steps so far."""


class Trained(Value):
    """What training left behind."""

    adapter: Path
    """Folder with the weights, as PEFT saves them."""
    rewards: tuple[float, ...]
    """Mean reward of each step."""
    notes: tuple[str, ...]
    """Sentences for the report: data, steps, seed, time."""


class Workshop(Protocol):
    """The stages. Each may be run again after a crash, and then goes on where it was or begins anew.

    They raise `AoiError` with a sentence for people.
    """

    async def evolve(self, tell: Tell) -> Harvest:
        """Make lessons and rows of the runs that are new; what there was."""

    async def export(self, folder: Path) -> int:
        """Write the data sets; the number of steps to train on."""

    async def train(self, profile: str, data: Path, folder: Path, tell: Tell) -> Trained:
        """Train in `folder`, which holds the checkpoints of an earlier attempt, if there was one."""

    async def register(self, retrain_id: str, profile: str, trained: Trained) -> str:
        """Put the adapter on record as a candidate; its name. The same retrain again gets the same name."""

    async def evaluate(self, model: str | None, tell: Tell) -> Evaluation:
        """The held-out tasks with an adapter, or with what serves now."""
