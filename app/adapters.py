"""Switching between adapters: proved on every server first, then named; and the way back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.model import adapters_of, form_of, model_server, terms_of
from app.settings import Settings
from domain.adapters import Roster
from domain.errors import AdapterRefused, BadInput, Misconfigured
from graph.model.adapters import bring_up, missing_on, take_down
from graph.model.replicas import Replicas
from graph.policies.chat.canary import canary_of
from store.adapters import check_unchanged


async def switch_to(settings: Settings, name: str, by: str = "") -> Roster:
    """Let an adapter serve, from the next request of every process on.

    Loaded on every server, seen in its list, tried on a canary; only then the registry names it. Where that fails
    the old one goes on serving, and the registry keeps why.

    Raises:
        BadInput: no such adapter, one for another model, or its files have changed since it was registered.
        AdapterRefused: a server did not take it, or its trial decision cannot be read.
        ModelDown, ModelSlow, BadReply: a server cannot be asked.
        Misconfigured: no model is named.
        StoreUnavailable: the registry cannot be read or written.
    """
    registry = adapters_of(settings)
    adapter = registry.roster().get(name)
    if adapter.base != settings.model_name:
        raise BadInput(
            f"The adapter {name!r} belongs to the model {adapter.base!r}; AOI_MODEL_NAME is another one."
        )
    check_unchanged(adapter)
    async with _servers(settings) as replicas:
        canary = canary_of(terms_of(settings), form_of(settings))
        try:
            await bring_up(replicas.servers, name, adapter.path, canary)
        except AdapterRefused as error:
            why = str(error)
            registry.change(lambda roster: roster.with_refused(name, why))
            raise
        roster = registry.change(lambda roster: roster.with_active(name, by))
        await _tidy(replicas, roster)
    return roster


async def roll_back(settings: Settings) -> Roster:
    """Let what served before serve again: an adapter or the base model. It is proved like a new one.

    Raises what `switch_to` raises; BadInput also where there is nothing to go back to.
    """
    registry = adapters_of(settings)
    back = registry.roster().rolled_back()
    async with _servers(settings) as replicas:
        if (adapter := back.active) is not None:
            check_unchanged(adapter)
            await bring_up(
                replicas.servers, adapter.name, adapter.path, canary_of(terms_of(settings), form_of(settings))
            )
        elif missing := await missing_on(replicas.servers, settings.model_name or ""):
            raise AdapterRefused(f"{', '.join(missing)} does not list the base model {settings.model_name!r}.")
        return registry.change(lambda roster: roster.rolled_back())


@asynccontextmanager
async def on_trial(settings: Settings, name: str) -> AsyncIterator[None]:
    """A candidate on every server for as long as it is measured; nothing asks it for decisions meanwhile.

    Raises what `switch_to` raises.
    """
    roster = adapters_of(settings).roster()
    adapter = roster.get(name)
    check_unchanged(adapter)
    async with _servers(settings) as replicas:
        canary = canary_of(terms_of(settings), form_of(settings))
        await bring_up(replicas.servers, name, adapter.path, canary)
        try:
            yield
        finally:
            if name not in {kept.name for kept in adapters_of(settings).roster().serving}:
                await take_down(replicas.servers, name)


async def _tidy(replicas: Replicas, roster: Roster) -> None:
    """Take off what neither serves nor served last: requests under way may still use the last one."""
    kept = {adapter.name for adapter in roster.serving}
    listed = {model.name for server in replicas.servers for model in await server.models(10.0)}
    for adapter in roster.adapters:
        if adapter.name in listed - kept:
            await take_down(replicas.servers, adapter.name)


@asynccontextmanager
async def _servers(settings: Settings) -> AsyncIterator[Replicas]:
    replicas = model_server(settings)
    if replicas is None:
        raise Misconfigured("No model is named; set AOI_MODEL_URL and AOI_MODEL_NAME.")
    try:
        yield replicas
    finally:
        await replicas.close()
