"""Prompts that were never sent, rendered from the journal: the same text each time, whoever exports."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.base import digest_of
from domain.model import Message
from domain.ports import Sight
from graph.policies.chat.compact.prompt import CompactPrompt
from graph.policies.chat.prompt import ObserverPrompt
from graph.policies.chat.rights import Rights

Render = Callable[[Sight, Rights], tuple[Message, ...]]
"""The prompt of a decision."""


@dataclass(frozen=True)
class RunIds:
    """Ids that follow from a run. Its data were written before, so that nobody can have known them then."""

    run: str

    def new(self, prefix: str) -> str:
        """The same for the same prefix."""
        return f"{prefix}-{digest_of([prefix, self.run])[:16]}"


def rendered(form: ObserverPrompt | CompactPrompt) -> Render:
    """As the form shows a case, with marks that follow from the run."""
    return lambda sight, rights: replace(form, ids=RunIds(sight.incident.id)).messages(sight, rights)
