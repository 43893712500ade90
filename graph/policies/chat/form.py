"""How a model is asked for a decision: all that it may write, or a pick from a numbered list."""

from typing import Protocol

from domain.decisions import Decision
from domain.errors import BadReply
from domain.model import Message
from domain.ports import Ids, Sight
from graph.model.wire import ReplySchema
from graph.policies.chat.rights import Rights


class Form(Protocol):
    """One way to show a case and to read the decision."""

    @property
    def ids(self) -> Ids:
        """Where the marks around what others wrote come from; apart from them equal sights make equal prompts."""

    def messages(self, sight: Sight, rights: Rights) -> tuple[Message, ...]:
        """The whole prompt of one decision."""

    def again(self, messages: tuple[Message, ...], reply: str, error: BadReply) -> tuple[Message, ...]:
        """The prompt once more, with the reply that could not be used and what is wrong with it."""

    def schema(self, sight: Sight, rights: Rights) -> ReplySchema:
        """What a reply may be, as narrow as `read`."""

    def read(self, text: str, sight: Sight, rights: Rights) -> Decision:
        """The decision that a reply makes. Raises BadReply."""
