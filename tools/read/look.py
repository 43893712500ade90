"""Lists of several kinds at once, as a snapshot without logs; a kind that cannot be read is named, not fatal."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref
from domain.errors import AoiError, ClusterForbidden, ClusterNotFound, ClusterUnreachable
from tools.cluster.reader import Reader
from tools.cluster.resources import resource_of
from tools.snapshot import Snapshot

ATTEMPTS = 2
"""Tries for one list: an API server in trouble often drops one request of many."""


async def look(
    reader: Reader, namespace: str, kinds: Sequence[str], now: datetime, optional: Sequence[str] = ()
) -> Snapshot:
    """All objects of the kinds in a namespace, sorted by name; cluster-scoped kinds come whole.

    Of an `optional` kind that the cluster does not have, or does not show, there is nothing to say.

    Raises `ClusterNotFound` for a namespace that does not exist, and the first error when no kind can be read.
    """
    exists = asyncio.ensure_future(_require(reader, namespace))
    answers = await asyncio.gather(*(_list(reader, kind, namespace) for kind in kinds))
    extras = await asyncio.gather(*(_list(reader, kind, namespace) for kind in optional))
    await exists
    unreadable = {kind: str(a) for kind, a in zip(kinds, answers, strict=True) if isinstance(a, AoiError)}
    errors = [answer for answer in answers if isinstance(answer, AoiError)]
    if errors and len(errors) == len(answers):
        raise errors[0]
    objects = {kind: a for kind, a in zip(kinds, answers, strict=True) if not isinstance(a, AoiError)}
    found = {kind: a for kind, a in zip(optional, extras, strict=True) if not isinstance(a, AoiError) and a}
    return Snapshot(namespace, now, objects | found, unreadable=unreadable)


async def _list(reader: Reader, kind: str, namespace: str) -> tuple[Json, ...] | AoiError:
    for attempt in range(ATTEMPTS):
        try:
            found = await reader.list(kind, namespace if resource_of(kind).namespaced else None)
        except ClusterUnreachable as e:
            if attempt + 1 == ATTEMPTS:
                return e
        except AoiError as e:
            return e
        else:
            return tuple(sorted(found, key=lambda item: str(item["metadata"]["name"])))
    raise AssertionError("unreachable: each attempt returns or is followed by another")


async def _require(reader: Reader, namespace: str) -> None:
    """Lists of a namespace that does not exist are empty, which would look like health."""
    try:
        await reader.get(Ref(kind="Namespace", name=namespace))
    except ClusterNotFound as e:
        raise ClusterNotFound(f"There is no namespace {namespace}; check its spelling.") from e
    except (ClusterForbidden, ClusterUnreachable):
        return  # Without the right to see namespaces the lists speak for themselves.
