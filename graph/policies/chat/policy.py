"""The Observer on a language model. Where the model fails, another policy decides that step, and says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.decisions import Decision, StandIn
from domain.errors import AoiError, BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from domain.model import Message
from domain.ports import Policy, Sight
from graph.model.client import ModelClient, Reply
from graph.policies.chat.agreement import Drawn, agreed
from graph.policies.chat.form import Form
from graph.policies.chat.rights import Rights, rights_of
from graph.policies.chat.verifier import Verifier


@dataclass(frozen=True)
class ChatPolicy:
    """Shows a model the case and reads its decision."""

    client: ModelClient
    other: Policy
    """Decides where the model cannot."""
    form: Form
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
        """The model's decision; where no reply can be used, one goes back once, with what is wrong with it."""
        messages, schema = self.form.messages(sight, rights), self.form.schema(sight, rights)
        replies = await self.client.sample(sight.incident, messages, schema)
        drawn, bad = self._readable(replies, sight, rights)
        if not drawn:
            reply, error = bad[0]
            again = self.form.again(messages, reply.text, error)
            reply = await self.client.ask(sight.incident, again, schema)
            drawn = [Drawn(reply, self._read(reply, sight, rights))]
        best = await self._best(sight, messages, drawn)
        await self.client.choose(best.reply)
        return best.decision

    async def _best(self, sight: Sight, messages: Sequence[Message], drawn: Sequence[Drawn]) -> Drawn:
        """By agreement, or what is surest once it was judged; a judge that fails leaves it at agreement."""
        if not self.client.terms.verifying:
            return agreed(drawn, sight)
        try:
            judged = await Verifier(self.client, self.form.ids).judged(sight.incident, messages, drawn)
        except (ModelDown, ModelSlow, ModelRefused, ModelSpent, BadReply):
            return agreed(drawn, sight)
        most = max(each.decision.confidence for each in judged)
        return agreed([each for each in judged if each.decision.confidence == most], sight)

    async def _stood_in(self, sight: Sight, error: AoiError) -> Decision:
        decision = await self.other.decide(sight)
        why = f"The model did not decide this step, the {self.other.name} did. {error}"
        return decision.model_copy(update={"stand_in": StandIn(policy=self.other.name, why=why)})

    def _readable(
        self, replies: Sequence[Reply], sight: Sight, rights: Rights
    ) -> tuple[list[Drawn], list[tuple[Reply, BadReply]]]:
        """The replies that make a decision, and the others with what is wrong with them."""
        drawn, bad = [], []
        for reply in replies:
            try:
                drawn.append(Drawn(reply, self._read(reply, sight, rights)))
            except BadReply as error:
                bad.append((reply, error))
        return drawn, bad

    def _read(self, reply: Reply, sight: Sight, rights: Rights) -> Decision:
        if reply.truncated:
            raise BadReply(f"The reply was cut at its longest, after {len(reply.text)} characters; be shorter.")
        return self.form.read(reply.text, sight, rights)
