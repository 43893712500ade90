"""Checking a model server end to end, for `aoi doctor`."""

import json

from domain.errors import BadReply
from domain.model import Message
from domain.ports import Clock
from graph.model.health import ModelHealth
from graph.model.terms import Terms
from graph.model.wire import Ask, ChatServer, ReplySchema

NEEDED_CONTEXT = 8_192
"""Tokens: the longest prompt of the Observer is about 5,000, and the reply comes on top."""
_CANARY = ReplySchema(
    "canary",
    {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["canary"]}, "sum": {"type": "integer"}},
        "required": ["word", "sum"],
        "additionalProperties": False,
    },
)
_QUESTION = (Message(role="user", content="Answer in JSON with word and sum. The sum is 17 + 25."),)


async def examine(server: ChatServer, terms: Terms, clock: Clock) -> ModelHealth:
    """Reachable, the model there, its context long enough, a schema obeyed.

    Raises:
        BadReply: what is wrong, as one sentence; and the `Model*` errors.
    """
    served = {model.name: model for model in await server.models(terms.call_seconds)}
    if terms.model not in served:
        raise BadReply(f"The server does not list {terms.model!r}; it has: {', '.join(served) or 'nothing'}.")
    model = served[terms.model]
    # vLLM tells the context of a model and not that of its adapters, which is the same.
    base = served.get(model.parent or "", model)
    context = model.context or base.context
    if context is not None and context < NEEDED_CONTEXT:
        raise BadReply(f"The context of {terms.model!r} is {context} tokens; AOI wants {NEEDED_CONTEXT}.")
    started = clock.monotonic()
    completion = await server.complete(Ask(terms.model, _QUESTION, _CANARY, 100), terms.call_seconds)
    seconds = clock.monotonic() - started
    if not _obeyed(completion.text):
        raise BadReply(f"{terms.model!r} does not keep to a JSON schema that the request gives.")
    name = f"{terms.model} (adapter of {base.name})" if base is not model else terms.model
    return ModelHealth(name, context, seconds)


def _obeyed(text: str) -> bool:
    """By shape alone: whether it can add is not the question."""
    try:
        reply = json.loads(text)
    except ValueError:
        return False
    return isinstance(reply, dict) and reply.get("word") == "canary" and isinstance(reply.get("sum"), int)
