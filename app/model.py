"""The model joined to its settings. `openai` is imported only where a model is named: it takes a second."""

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from app.ambient import RandomIds, SystemClock
from app.settings import Settings
from domain.errors import Misconfigured
from domain.ports import ModelCalls, Policy, Shortener
from graph.model.health import ModelHealth
from graph.model.terms import FormName, Prices, Terms
from graph.model.tokens import TokenCounter, estimate, from_file
from graph.policies.playbook import PlaybookPolicy
from store.adapters import FileAdapters

if TYPE_CHECKING:
    from graph.model.client import ModelClient
    from graph.model.replicas import Replicas
    from graph.policies.chat.form import Form

_NONE = "No model is named; set AOI_MODEL_URL and AOI_MODEL_NAME."


def model_server(settings: Settings) -> "Replicas | None":
    """The servers that the settings name, as one, or `None`; the caller closes it."""
    if not settings.model_url or settings.model_name is None:
        return None
    from graph.model.replicas import Replicas
    from graph.model.wire import OpenAiServer

    key = settings.model_api_key.get_secret_value() if settings.model_api_key else ""
    return Replicas(tuple(OpenAiServer.at(url, key, settings.model_dialect) for url in settings.model_url))


def adapters_of(settings: Settings) -> FileAdapters:
    """The registry of adapters."""
    return FileAdapters(settings.data_dir / "adapters")


def active_adapter(settings: Settings) -> str | None:
    """Name of the adapter to ask; one for another model does not count. Raises StoreUnavailable."""
    active = adapters_of(settings).roster().active
    return active.name if active is not None and active.base == settings.model_name else None


def model_client(settings: Settings, server: "Replicas | None", calls: ModelCalls) -> "ModelClient":
    """The client of a process. Its clock is the machine's, also in the lab, where clusters have their own.

    Raises:
        Misconfigured: no model is named, or its tokenizer cannot be used.
    """
    if server is None:
        raise Misconfigured(_NONE)
    from graph.model.client import ModelClient

    chance = random.Random()  # noqa: S311 - the jitter of retries, not a secret
    return ModelClient(
        server,
        calls,
        terms_of(settings),
        counter_of(settings),
        SystemClock(),
        RandomIds(),
        chance,
        adapter=lambda: active_adapter(settings),
    )


def chat_policy(settings: Settings, server: "Replicas | None", calls: ModelCalls) -> Policy:
    """The Observer on the model, with the playbook beside it. Raises Misconfigured."""
    from graph.policies.chat.policy import ChatPolicy

    client = model_client(settings, server, calls)
    return ChatPolicy(client, PlaybookPolicy(), form_of(settings))


def form_of(settings: Settings) -> "Form":
    """How the model is asked, by the settings. Raises Misconfigured."""
    from graph.policies.chat.compact.prompt import CompactPrompt
    from graph.policies.chat.prompt import ObserverPrompt

    counter, ids = counter_of(settings), RandomIds()
    match settings.model_form:
        case FormName.FULL:
            return ObserverPrompt(counter, ids)
        case FormName.COMPACT:
            return CompactPrompt(counter, ids)
        case _:
            assert_never(settings.model_form)


async def model_health(settings: Settings) -> ModelHealth:
    """Ask each server that the settings name, for the active adapter where there is one; the slowest answer.

    Raises what `examine` raises, Misconfigured, and StoreUnavailable.
    """
    from graph.model.check import examine

    counter_of(settings)
    server = model_server(settings)
    if server is None:
        raise Misconfigured(_NONE)
    try:
        terms = terms_of(settings)
        asked = replace(terms, model=active_adapter(settings) or terms.model)
        found = [await examine(replica, asked, SystemClock()) for replica in server.servers]
        return max(found, key=lambda health: health.seconds)
    finally:
        await server.close()


def shortener_of(settings: Settings, server: "Replicas | None", calls: ModelCalls) -> Shortener | None:
    """The model as Compressor of what there was no room for; `None` unless the settings want it.

    An adapter has learned to decide, not to shorten, so the model itself is asked.

    Raises:
        Misconfigured: it is wanted, and no model is named.
    """
    if not settings.model_shorten:
        return None
    client = model_client(settings, server, calls)
    from graph.model.client import no_adapter
    from graph.shorten import ModelShortener

    return ModelShortener(replace(client, adapter=no_adapter))


def terms_of(settings: Settings) -> Terms:
    """How the model may be used, by the settings.

    Raises:
        Misconfigured: several replies are wanted, and all would be the likeliest.
    """
    if settings.model_samples > 1 and settings.model_temperature == 0:
        raise Misconfigured("AOI_MODEL_SAMPLES draws the same reply again; set AOI_MODEL_TEMPERATURE above 0.")
    return Terms(
        model=settings.model_name or "",
        dialect=settings.model_dialect,
        reply_tokens=settings.model_reply_tokens,
        temperature=settings.model_temperature,
        samples=settings.model_samples,
        verifying=settings.model_verify,
        call_seconds=settings.model_call_seconds,
        incident_seconds=settings.model_incident_seconds,
        prices=Prices(settings.model_price_in, settings.model_price_out),
        incident_cost=settings.model_incident_cost,
        day_tokens=settings.model_day_tokens,
        day_cost=settings.model_day_cost,
    )


def counter_of(settings: Settings) -> TokenCounter:
    """By the model's tokenizer file where one is named. Raises Misconfigured."""
    return from_file(settings.model_tokenizer) if settings.model_tokenizer else estimate()


def model_fields(settings: Settings) -> dict[str, Any]:
    """The settings of the model, to give to an AOI in a drill, which has settings of its own for the rest."""
    return {name: getattr(settings, name) for name in Settings.model_fields if name.startswith("model_")}
