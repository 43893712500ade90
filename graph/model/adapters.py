"""Bringing an adapter up on running model servers, and taking it off them.

The order is the safety: load on every replica, see it in every list, let it make one decision on each. Whoever
asks for decisions names the adapter only after that, so a wrong one never decides anything.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from domain.errors import AdapterRefused, AoiError, BadReply, ModelRefused
from graph.model.wire import AdapterServer

Canary = Callable[[AdapterServer, str], Awaitable[None]]
"""Lets a model of that name make one decision; raises BadReply where it is unreadable, and the `Model*` errors."""

LOAD_SECONDS = 120.0
"""For one adapter on one server: it reads some hundred megabytes from disk."""
LIST_SECONDS = 10.0


async def bring_up(servers: Sequence[AdapterServer], name: str, path: str, canary: Canary) -> None:
    """Load the adapter everywhere and prove it; where that fails anywhere, take it off again everywhere.

    Raises:
        AdapterRefused: a server did not take it, does not list it, or its decision could not be read.
        ModelDown, ModelSlow, BadReply: a server cannot be asked.
    """
    fresh: list[AdapterServer] = []
    try:
        for server in servers:
            if not await _has(server, name):
                fresh.append(server)
                await server.load_adapter(name, path, LOAD_SECONDS)
                if not await _has(server, name):
                    raise AdapterRefused(
                        f"The model server {server.address} loaded {name!r} and does not list it."
                    )
            await _prove(server, name, canary)
    except AoiError:
        await take_down(fresh, name)
        raise


async def take_down(servers: Sequence[AdapterServer], name: str) -> None:
    """Unload the adapter wherever it is; a server that cannot be asked has nothing to forget after its restart."""
    for server in servers:
        with suppress(AoiError):
            await server.unload_adapter(name, LOAD_SECONDS)


async def missing_on(servers: Sequence[AdapterServer], name: str) -> tuple[str, ...]:
    """Addresses of the servers that do not list the model or adapter. Raises the `Model*` errors and BadReply."""
    return tuple([server.address for server in servers if not await _has(server, name)])


async def _has(server: AdapterServer, name: str) -> bool:
    return name in {served.name for served in await server.models(LIST_SECONDS)}


async def _prove(server: AdapterServer, name: str, canary: Canary) -> None:
    try:
        await canary(server, name)
    except (BadReply, ModelRefused) as e:
        raise AdapterRefused(f"The trial decision of {name!r} on {server.address} cannot be used. {e}") from e
