"""Telling the lab's cluster from a real one."""

from urllib.parse import urlsplit

from domain.errors import Misconfigured
from tools.cluster.connection import Connection

_MARK = "+lab"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


async def is_lab(connection: Connection) -> bool:
    """Whether the cluster is the lab's, on this machine. Raises the `Cluster*` errors."""
    if urlsplit(connection.host).hostname not in _LOOPBACK:
        return False
    version = await connection.request("GET", "/version", doing="read the cluster's version")
    return str(version.get("gitVersion", "")).endswith(_MARK)


async def refuse_real_cluster(connection: Connection) -> None:
    """Local-slack identities are forgeable, so a real cluster never goes with them.

    Raises:
        Misconfigured: the cluster is not the lab's.
    """
    if not await is_lab(connection):
        raise Misconfigured(
            "AOI_SLACK_BASE_URL is a local Slack, where anybody can approve as anybody, and the cluster is real; "
            "use Slack itself, or `aoi demo`."
        )
