"""Objects as they are, unredacted: what a change must be made from. Nothing of it may leave `tools`.

A patch or an undo made of a redacted object would write `[redacted:…]` into the cluster. The planner and the
executor therefore read here, and the guardrails refuse every change that touches a value the redactor would hide.
"""

from domain.base import Json
from domain.cluster import Ref
from domain.errors import ClusterNotFound
from tools.cluster.connection import Connection
from tools.cluster.resources import path_of, resource_of

PAGE = 500
"""Objects a list asks for at once."""


class Live:
    """Reads whole objects. Raises the `Cluster*` errors, and `BadInput` for what AOI never asks for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, ref: Ref) -> Json | None:
        """One object, or `None` when it does not exist."""
        try:
            return await self._connection.request("GET", path_of(ref), doing=f"read {ref}")
        except ClusterNotFound:
            return None

    async def list(self, kind: str, namespace: str | None) -> tuple[Json, ...]:
        """All objects of a kind; `None` for a cluster-scoped kind."""
        resource = resource_of(kind)
        items: list[Json] = []
        query: dict[str, str | int] = {"limit": PAGE}
        while True:
            page = await self._connection.request(
                "GET", resource.collection(namespace), query=query, doing=f"list {resource.plural}"
            )
            items += page.get("items") or ()
            following = page.get("metadata", {}).get("continue")
            if not following:
                return tuple(items)
            query["continue"] = following
