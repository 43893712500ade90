"""The reader and the servers of telemetry joined to the probes, the analyzers and the watch."""

from app.parts import Parts
from domain.evidence import Artifact
from domain.ports import Eyes
from tools.eyes import ClusterEyes
from tools.read import snapshot
from tools.read.service import Probes
from tools.shared import Shared
from tools.snapshot import Snapshot
from tools.telemetry.service import TelemetryProbes
from tools.verify import Watch


def eyes_of(parts: Parts) -> Eyes:
    """`domain.ports.Eyes` on the cluster of these parts."""

    async def look(namespace: str) -> tuple[Snapshot, Artifact]:
        return await snapshot.take(parts.reader, namespace, parts.clock.now())

    take = Shared(look)
    settings = parts.settings
    watch = Watch(take, parts.clock, settings.verify_settle_seconds, settings.verify_timeout_seconds)
    probes = TelemetryProbes(parts.telemetry, parts.clock, Probes(parts.reader, parts.clock).run)
    return ClusterEyes(take, probes.run, parts.reader.namespaces, watch, settings.namespaces)
