"""Plans by a model: one draw of its terms for a failed run, read strictly. It imports the model's library."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.diagnosis import Cause
from domain.episodes import Episode
from domain.errors import BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from graph.model.client import ModelClient, Reply
from graph.model.wire import ReplySchema
from graph.policies.chat.catalogue import ACTIONS
from graph.policies.chat.refs import ref_schema
from learn.evolver.mine import Mined
from learn.evolver.plan import Plan
from learn.evolver.prompt import EvolverPrompt
from learn.evolver.written import read_plan

_TEXT = {"type": "string"}
_MOST_PHRASES = 2


@dataclass(frozen=True)
class ModelPlans:
    """Asks a model for as many plans as its terms draw at once."""

    client: ModelClient
    prompt: EvolverPrompt = field(default_factory=EvolverPrompt)

    async def draw(self, episode: Episode, mined: Mined) -> tuple[Plan, ...]:
        """The plans that could be read; none where the model cannot be asked, which keeps nobody from learning.

        Raises:
            StoreUnavailable: calls cannot be put on record.
        """
        incident = episode.trajectory.incident
        spaces = incident.scope.namespaces
        try:
            messages = self.prompt.messages(episode, self.client.ids, mined)
            replies = await self.client.sample(incident, messages, plan_schema(spaces))
        except (ModelDown, ModelSlow, ModelRefused, ModelSpent, BadReply):
            return ()
        return tuple(_plans(replies, spaces[0] if spaces else "default"))


def plan_schema(namespaces: tuple[str, ...]) -> ReplySchema:
    """The form of a plan, which the server holds the model to."""
    place = {"anyOf": [{"$ref": "#/$defs/object"}, {"const": ""}]}
    properties = {
        "why": {"type": "string", "pattern": "^.+$"},
        "anomaly": {"type": "boolean"},
        "cause": {"enum": [*(cause.value for cause in Cause), None]},
        "component": place,
        "target": place,
        "do": {"anyOf": [*(item.schema("action") for item in ACTIONS.values()), {"type": "null"}]},
        "phrases": {"type": "array", "items": _TEXT, "minItems": 0, "maxItems": _MOST_PHRASES},
        "advice": _TEXT,
    }
    schema = {
        "$defs": {"object": ref_schema(namespaces)},
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return ReplySchema("plan", schema)


def _plans(replies: tuple[Reply, ...], namespace: str) -> Iterator[Plan]:
    for reply in replies:
        try:
            yield read_plan(reply.text, namespace)
        except BadReply:
            continue
