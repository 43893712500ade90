"""One request to a server that speaks OpenAI's Chat Completions, and its errors in our words."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import openai
from openai import AsyncOpenAI
from openai.types import Model
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from domain.errors import AdapterRefused, BadReply, ModelDown, ModelRefused, ModelSlow
from domain.model import Message
from graph.model.terms import Dialect

MOST_CHARACTERS = 100_000
"""Of a reply; a decision needs about two thousand."""


@dataclass(frozen=True)
class ReplySchema:
    """The JSON that a reply has to be."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """One request."""

    model: str
    messages: Sequence[Message]
    schema: ReplySchema | None
    reply_tokens: int
    """The longest reply."""
    temperature: float = 0.0


@dataclass(frozen=True)
class Completion:
    """What came back, as the server tells it; `None` where it does not."""

    text: str
    truncated: bool
    tokens_in: int | None
    tokens_out: int | None
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Served:
    """A model that the server lists."""

    name: str
    context: int | None
    """Tokens of prompt and reply together, where the server tells."""
    parent: str | None = None
    """Of an adapter: the model that it belongs to."""


class ChatServer(Protocol):
    """A model server."""

    async def complete(self, ask: Ask, seconds: float) -> Completion:
        """One reply within that time; raises the `Model*` errors and BadReply."""

    async def models(self, seconds: float) -> tuple[Served, ...]:
        """What it serves; raises the `Model*` errors and BadReply."""


class AdapterServer(ChatServer, Protocol):
    """A model server that takes adapters while it runs, as vLLM does."""

    @property
    def address(self) -> str:
        """Host and port, for people."""

    async def load_adapter(self, name: str, path: str, seconds: float) -> None:
        """Load one from a folder that the server sees; raises AdapterRefused, ModelDown and ModelSlow."""

    async def unload_adapter(self, name: str, seconds: float) -> None:
        """Forget one; raises AdapterRefused, ModelDown and ModelSlow."""

    async def close(self) -> None:
        """Give the connections back."""


@dataclass(frozen=True)
class OpenAiServer:
    """`ChatServer` over HTTP. Retries are `ModelClient`'s: the SDK makes none."""

    client: AsyncOpenAI
    dialect: Dialect

    @classmethod
    def at(cls, url: str, key: str, dialect: Dialect) -> Self:
        """The server at `url`, which ends in `/v1`; no request is made yet."""
        # A redirect would carry a prompt to a place that nobody named.
        http = openai.DefaultAsyncHttpxClient(follow_redirects=False)
        # A server without a key takes any; given none, the SDK would look for one in the environment.
        client = AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, http_client=http)
        client.organization = client.project = None
        return cls(client, dialect)

    async def complete(self, ask: Ask, seconds: float) -> Completion:
        """One reply within that time; raises the `Model*` errors and BadReply."""
        async with self._asking(f"the model {ask.model!r}", seconds):
            return _completion(await self.client.chat.completions.create(**_body(ask, self.dialect)))

    async def models(self, seconds: float) -> tuple[Served, ...]:
        """What it serves; raises the `Model*` errors and BadReply."""
        async with self._asking("the list of models", seconds):
            page = await self.client.models.list()
            return tuple(_served(model) for model in page.data)

    async def load_adapter(self, name: str, path: str, seconds: float) -> None:
        """Load one from a folder that the server sees; raises AdapterRefused, ModelDown and ModelSlow."""
        await self._adapter("load", seconds, lora_name=name, lora_path=path)

    async def unload_adapter(self, name: str, seconds: float) -> None:
        """Forget one; raises AdapterRefused, ModelDown and ModelSlow."""
        await self._adapter("unload", seconds, lora_name=name)

    async def _adapter(self, verb: str, seconds: float, **body: str) -> None:
        name = body["lora_name"]
        try:
            async with self._asking(f"the adapter {name!r}", seconds):
                await self.client.post(f"/{verb}_lora_adapter", body=body, cast_to=str)
        except ModelRefused as e:
            raise AdapterRefused(_adapter_refusal(self.address, verb, name, e.status)) from e

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return urlsplit(str(self.client.base_url)).netloc

    async def close(self) -> None:
        """Give the connections back."""
        await self.client.close()

    @asynccontextmanager
    async def _asking(self, what: str, seconds: float) -> AsyncIterator[None]:
        """Keep the deadline of the whole exchange, and put foreign errors into our words.

        The server's own words are left out: they may repeat the prompt.
        """
        server = self.address
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                yield
        except (TimeoutError, openai.APITimeoutError) as e:
            raise ModelSlow(f"The model server {server} gave no reply within {seconds:.3g} s.") from e
        except openai.APIStatusError as e:
            raise ModelRefused(_refusal(server, what, e), e.status_code) from e
        except openai.APIConnectionError as e:
            raise ModelDown(
                f"The model server {server} does not answer; check AOI_MODEL_URL and that it runs."
            ) from e
        except (openai.OpenAIError, ValidationError, AttributeError, TypeError, ValueError) as e:
            # The SDK builds its objects without checking them, so a foreign shape shows when it is read.
            raise BadReply(f"The model server {server} answered with something else than {what}.") from e


def _served(model: Model) -> Served:
    more = model.model_extra or {}
    return Served(model.id, more.get("max_model_len"), more.get("parent"))


def _body(ask: Ask, dialect: Dialect) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": ask.model,
        "messages": [message.model_dump() for message in ask.messages],
        "temperature": ask.temperature,
    }
    if ask.schema is not None:
        wanted = {"name": ask.schema.name, "schema": ask.schema.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    match dialect:
        case Dialect.VLLM:
            # A thinking model would spend the reply on thoughts before the JSON, where nobody reads them.
            extra = {"return_token_ids": True, "chat_template_kwargs": {"enable_thinking": False}}
            body |= {"max_tokens": ask.reply_tokens, "logprobs": True, "extra_body": extra}
        case Dialect.OPENAI:
            body["max_completion_tokens"] = ask.reply_tokens
    return body


def _completion(answer: ChatCompletion) -> Completion:
    choice = answer.choices[0] if answer.choices else None
    text = choice.message.content if choice else None
    if choice is None or not text:
        raise BadReply("The model's reply is empty.")
    if len(text) > MOST_CHARACTERS:
        raise BadReply(f"The model's reply has {len(text)} characters; at most {MOST_CHARACTERS} are read.")
    logprobs = choice.logprobs.content if choice.logprobs else None
    return Completion(
        text=text,
        truncated=choice.finish_reason == "length",
        tokens_in=answer.usage.prompt_tokens if answer.usage else None,
        tokens_out=answer.usage.completion_tokens if answer.usage else None,
        token_ids=tuple((choice.model_extra or {}).get("token_ids") or ()),
        logprobs=tuple(token.logprob for token in logprobs or ()),
    )


def _refusal(server: str, what: str, error: openai.APIStatusError) -> str:
    status = error.status_code
    match status:
        case 400 if "context length" in str(error) or "maximum model length" in str(error):
            why = "the prompt is longer than the model's context; serve it with a longer one"
        case 400 | 422:
            why = "it does not take the request; check AOI_MODEL_DIALECT, and that it supports JSON schemas"
        case 401 | 403:
            why = "it does not accept the key; check AOI_MODEL_API_KEY"
        case 404:
            why = f"it does not serve {what}; check AOI_MODEL_NAME and AOI_MODEL_URL"
        case 429:
            why = "it is busy or a quota is used up"
        case _ if status >= 500:
            why = "it is in trouble itself; see its log"
        case _:
            why = "see its log"
    return f"The model server {server} answered HTTP {status}: {why}."


def _adapter_refusal(server: str, verb: str, name: str, status: int) -> str:
    match status:
        case 401 | 403:
            why = "it does not accept the key; check AOI_MODEL_API_KEY"
        case 404 if verb == "load":
            why = "it cannot find it, or takes no adapters while it runs; start it by `aoi model serve`"
        case 404:
            why = "it does not have it"
        case _:
            why = "its files are damaged, for another base model, or of too high a rank; see its log"
    return f"The model server {server} did not {verb} the adapter {name!r} (HTTP {status}): {why}."
