"""The Observer on a language model. Where the model fails, another policy decides that step, and says so."""

from dataclasses import dataclass, field

from domain.decisions import Decision, StandIn
from domain.errors import AoiError, BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from domain.ports import Policy, Sight
from graph.model.client import ModelClient
from graph.policies.chat.answer import read_decision
from graph.policies.chat.prompt import ObserverPrompt
from graph.policies.chat.rights import Rights, rights_of


@dataclass(frozen=True)
class ChatPolicy:
    """Shows a model the case and reads its decision; the same sight always makes the same prompt."""

    client: ModelClient
    other: Policy
    """Decides where the model cannot."""
    prompt: ObserverPrompt
    name: str = field(default="chat")

    async def decide(self, sight: Sight) -> Decision:
        """One decision, the model's or the stand-in's.

        Raises:
            StoreUnavailable: calls cannot be put on record.
        """
        try:
            return await self._asked(sight, rights_of(sight))
        except (ModelDown, ModelSlow, ModelRefused, ModelSpent, BadReply) as error:
            return await self._stood_in(sight, error)

    async def _asked(self, sight: Sight, rights: Rights) -> Decision:
        """The model's decision; a reply that cannot be used goes back once, with what is wrong with it."""
        messages = self.prompt.messages(sight, rights)
        reply = await self.client.ask(sight.incident, messages, rights.schema)
        try:
            return _read(reply.text, reply.truncated, sight, rights)
        except BadReply as error:
            messages = self.prompt.again(messages, reply.text, error)
        reply = await self.client.ask(sight.incident, messages, rights.schema)
        return _read(reply.text, reply.truncated, sight, rights)

    async def _stood_in(self, sight: Sight, error: AoiError) -> Decision:
        decision = await self.other.decide(sight)
        why = f"The model did not decide this step, the {self.other.name} did. {error}"
        return decision.model_copy(update={"stand_in": StandIn(policy=self.other.name, why=why)})


def _read(text: str, truncated: bool, sight: Sight, rights: Rights) -> Decision:
    if truncated:
        raise BadReply(f"The reply was cut at its longest, after {len(text)} characters; be shorter.")
    return read_decision(text, sight, rights)
