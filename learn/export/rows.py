"""A row of each file, in the forms of TRL 1.16, all of them conversational.

They are its prompt-only, unpaired preference, preference and prompt-completion data sets, with columns beside that
it leaves to the reward. What stands for a whole value (`shown`, `reference`) is JSON text, since a column has one
type.
"""

from domain.base import Value
from domain.model import Message
from learn.reward.service import Scores

Turns = tuple[Message, ...]


class Row(Value):
    """What every row has."""

    id: str
    """The run and the journal entry of the decision, and what tells several rows of it apart."""
    prompt: Turns
    """As the Observer was shown it, or would have been."""
    family: str
    """Family of faults; all of its rows are in one split."""
    split: str


class PromptRow(Row):
    """A step to draw completions for, and what judges them: GRPO."""

    task: str
    """Of the lab; empty for an incident that cannot be played again."""
    shown: str
    """`domain.references.Shown` as JSON."""
    reference: str
    """`domain.references.Reference` as JSON."""


class Drawn(Value):
    """A completion that was drawn before."""

    text: str
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    """Natural logarithms, one a token, by the model of the row."""
    rewards: Scores
    reward: float
    chosen: bool
    """AOI acted on it."""


class GroupRow(Row):
    """Completions that were drawn at one step: GRPO without drawing anew."""

    model: str
    """That they were drawn from, as its server lists it."""
    completions: tuple[Drawn, ...]


class ThumbRow(Row):
    """A decision that people spoke of: KTO."""

    completion: Turns
    label: bool
    weight: float
    """0 to 1; how much stands behind the label."""


class PairRow(Row):
    """Two decisions at one step: DPO."""

    chosen: Turns
    rejected: Turns
    why: str
    """`drawn`, `edited` or `corrected`."""


class StepRow(Row):
    """A decision to imitate: SFT."""

    completion: Turns
    weight: float
