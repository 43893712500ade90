"""The writer identity. Only the executor holds it."""

from dataclasses import dataclass

from domain.actions import Change
from domain.base import Json
from tools.cluster.fence import fenced
from tools.cluster.live import Live


@dataclass(frozen=True)
class Written:
    """What the API server confirmed."""

    resource_version: str
    """Empty for an object that is gone at once."""


class Writer(Live):
    """Reads what it is about to change, and changes it. Raises the `Cluster*` errors."""

    async def apply(self, change: Change, live: Json | None, action_id: str) -> Written:
        """Send the change, fenced to the object as it was read; `live` is `None` for a create.

        `ClusterConflict` says that nothing was changed because the object is another by now. After
        `ClusterUnreachable` it is open whether the change happened: look at the object.
        """
        request = fenced(change, live, action_id, dry_run=False)
        answer = await self._connection.request(
            request.method,
            request.path,
            query=request.query,
            body=request.body,
            content_type=request.content_type,
            doing=f"{change.verb} {change.target}",
        )
        return Written(resource_version=str(answer.get("metadata", {}).get("resourceVersion", "")))
