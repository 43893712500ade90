"""What a change would come to, by the API server's own dry run.

RBAC does not tell a dry run from a write: both need the write verb. So this capability is made from the writer's
connection, by the wiring alone, and what it hands out is less than it holds: its only method sends `dryRun=All`,
always. The planner gets this object and never the connection.
"""

from domain.actions import Change
from domain.base import Json
from tools.cluster.connection import Connection
from tools.cluster.fence import fenced


class DryRun:
    """Sends dry runs and nothing else."""

    def __init__(self, connection: Connection) -> None:
        self.__connection = connection

    async def preview(self, change: Change, live: Json | None) -> Json | None:
        """The object as it would be; `None` when it would be gone. Raises the `Cluster*` errors."""
        request = fenced(change, live, action_id=None, dry_run=True)
        answer = await self.__connection.request(
            request.method,
            request.path,
            query=request.query,
            body=request.body,
            content_type=request.content_type,
            doing=f"try the change of {change.target} without storing it",
        )
        return None if change.verb == "delete" else answer
