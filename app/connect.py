"""Connections to the cluster, one an identity. The writer's is for whoever writes, and for the doctor."""

from pathlib import Path

from app.settings import Settings
from tools.cluster.connection import Connection


async def connect_reader(settings: Settings) -> Connection:
    """The connection of the reader. Raises Misconfigured."""
    return await _connect(settings, settings.reader_kubeconfig, settings.reader_context)


async def connect_writer(settings: Settings) -> Connection:
    """The connection of the writer. Raises Misconfigured."""
    return await _connect(settings, settings.writer_kubeconfig, settings.writer_context)


async def _connect(settings: Settings, own: Path | None, context: str | None) -> Connection:
    timeout = settings.cluster_timeout_seconds
    if settings.in_cluster and own is None:
        return Connection.in_cluster(timeout)
    return await Connection.from_kubeconfig(own or settings.kubeconfig, context, timeout)
