"""The reader and the servers of telemetry joined to the probes, the analyzers and the watch."""

import asyncio
from datetime import datetime

from app.parts import Parts
from domain.ports import Eyes
from tools.eyes import ClusterEyes
from tools.read import snapshot
from tools.read.service import Probes
from tools.shared import Shared
from tools.telemetry import signals
from tools.telemetry.service import TelemetryProbes
from tools.telemetry.signals_text import joined
from tools.telemetry.windows import Windows
from tools.verify import Look, Watch


def eyes_of(parts: Parts) -> Eyes:
    """`domain.ports.Eyes` on the cluster of these parts."""

    async def objects(namespace: str) -> Look:
        return await snapshot.take(parts.reader, namespace, parts.clock.now())

    async def everything(namespace: str) -> Look:
        windows = Windows(parts.clock.now().timestamp())
        look, told = await asyncio.gather(objects(namespace), signals.take(parts.telemetry, namespace, windows))
        return joined(*look, told)

    async def since(namespace: str, began: datetime) -> Look:
        windows = Windows.since(began.timestamp(), parts.clock.now().timestamp())
        look = await objects(namespace)
        return look if windows is None else joined(*look, await signals.take(parts.telemetry, namespace, windows))

    settings, servers = parts.settings, parts.telemetry
    watch = Watch(
        Shared(objects),
        parts.clock,
        settings.verify_settle_seconds,
        settings.verify_timeout_seconds,
        settings.verify_every_seconds,
        take_since=since if servers.prometheus or servers.jaeger else None,
    )
    probes = TelemetryProbes(parts.telemetry, parts.clock, Probes(parts.reader, parts.clock).run)
    return ClusterEyes(
        Shared(everything), probes.run, parts.reader.namespaces, parts.live.get, watch, settings.namespaces
    )
