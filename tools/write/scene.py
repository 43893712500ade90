"""Reading what an action is about, before it is judged, planned or done."""

import asyncio
from datetime import datetime
from typing import Protocol

from domain.actions import Action
from domain.base import Json
from domain.cluster import Ref
from tools.write.catalogue import CATALOGUE, references_of
from tools.write.change import Scene


class Source(Protocol):
    """Whole, unredacted objects: `tools.cluster.live.Live`."""

    async def get(self, ref: Ref) -> Json | None:
        """One object, or `None` when it does not exist."""

    async def list(self, kind: str, namespace: str | None) -> tuple[Json, ...]:
        """All objects of a kind; `None` for a cluster-scoped kind."""


async def look(source: Source, action: Action, at: datetime) -> Scene:
    """The target and whatever else the catalogue says the action must be judged by, read at once."""
    entry = CATALOGUE.get(action.action)
    kinds = entry.reads if entry else ()
    refs = references_of(action)
    target, named, lists = await asyncio.gather(
        source.get(action.target),
        asyncio.gather(*(source.get(ref) for ref in refs)),
        asyncio.gather(*(source.list(k, None if k == "Node" else action.target.namespace) for k in kinds)),
    )
    return Scene(
        target=target,
        at=at,
        named={ref: found for ref, found in zip(refs, named, strict=True) if found is not None},
        lists=dict(zip(kinds, lists, strict=True)),
    )
