"""A second look of the model at its decisions, which can take confidence away and never gives any."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import Field, TypeAdapter, ValidationError

from domain.base import Value
from domain.errors import BadReply
from domain.incident import Incident
from domain.model import Message
from domain.ports import Ids
from graph.model.client import ModelClient
from graph.model.wire import ReplySchema
from graph.policies.chat.agreement import Drawn
from graph.prompts.quote import fence_of, fenced, plain
from graph.prompts.render import Prompt, load_prompt

_DECISION = 2_000
"""Characters of a decision that are shown."""
_WORD = {"type": "number", "minimum": 0, "maximum": 1}


class Verdicts(Value):
    """The judge's reply."""

    confidences: tuple[float, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Verifier:
    """Judges decisions by the words that the Observer was shown."""

    client: ModelClient
    ids: Ids
    rules: Prompt = field(default_factory=lambda: load_prompt("verifier"))
    case: Prompt = field(default_factory=lambda: load_prompt("verify", "case", "decisions"))

    async def judged(
        self, incident: Incident, shown: Sequence[Message], drawn: Sequence[Drawn]
    ) -> tuple[Drawn, ...]:
        """The decisions, each as sure as itself and the judge allow.

        Raises:
            BadReply: the verdict cannot be read. And the `Model*` errors.
        """
        reply = await self.client.ask(incident, self._messages(shown, drawn), _schema(len(drawn)))
        verdicts = _read(reply.text)
        if len(verdicts) != len(drawn):
            raise BadReply(f"The verifier judged {len(verdicts)} decisions, and there were {len(drawn)}.")
        return tuple(_lowered(each, verdict) for each, verdict in zip(drawn, verdicts, strict=True))

    def _messages(self, shown: Sequence[Message], drawn: Sequence[Drawn]) -> tuple[Message, ...]:
        decisions = (f"{n}. {plain(each.reply.text, _DECISION)}" for n, each in enumerate(drawn, 1))
        case = self.case.render(case=shown[-1].content, decisions=fenced(decisions, fence_of(self.ids)))
        return Message(role="system", content=self.rules.render()), Message(role="user", content=case)


def _lowered(drawn: Drawn, verdict: float) -> Drawn:
    confidence = min(drawn.decision.confidence, max(0.0, verdict))
    return replace(drawn, decision=drawn.decision.model_copy(update={"confidence": confidence}))


def _schema(decisions: int) -> ReplySchema:
    numbers = {"type": "array", "items": _WORD, "minItems": decisions, "maxItems": decisions}
    properties = {"confidences": numbers}
    whole = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    return ReplySchema("verdicts", whole)


def _read(text: str) -> tuple[float, ...]:
    try:
        return TypeAdapter(Verdicts).validate_python(json.loads(text)).confidences
    except (ValueError, RecursionError, ValidationError) as e:
        raise BadReply("The verifier's reply is not the JSON object that was asked for.") from e
