"""How a model is asked for a decision: all that it may write, or a pick from a numbered list."""

from typing import Protocol

from domain.decisions import Decision
from domain.errors import BadReply
from domain.model import Message
from domain.ports import Sight
from graph.model.wire import ReplySchema
from graph.policies.chat.rights import Rights


class Form(Protocol):
    """One way to show a case and to read the decision."""

    def messages(self, sight: Sight, rights: Rights) -> tuple[Message, ...]:
        """The whole prompt of one decision; the same sight always makes the same."""

    def again(self, messages: tuple[Message, ...], reply: str, error: BadReply) -> tuple[Message, ...]:
        """The prompt once more, with the reply that could not be used and what is wrong with it."""

    def schema(self, sight: Sight, rights: Rights) -> ReplySchema:
        """What a reply may be, as narrow as `read`."""

    def read(self, text: str, sight: Sight, rights: Rights) -> Decision:
        """The decision that a reply makes. Raises BadReply."""
