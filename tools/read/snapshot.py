"""The snapshot that the analyzers read: every kind, the logs that tell, and usage, in one concurrent sweep."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.errors import AoiError
from domain.evidence import Artifact
from domain.probes import Snapshot as Call
from tools.cluster.reader import Reader
from tools.read import tails
from tools.read.look import look
from tools.read.outcome import Outcome, count
from tools.read.summary import summarize
from tools.read.trouble import troubles
from tools.snapshot import Snapshot

KINDS = (
    "Pod", "Deployment", "ReplicaSet", "Service", "Endpoints", "EndpointSlice", "ConfigMap", "Event",
    "PersistentVolumeClaim", "PersistentVolume", "StorageClass", "ResourceQuota", "LimitRange", "NetworkPolicy",
    "ServiceAccount", "Node", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler",
)  # fmt: skip
OPTIONAL = ("PodChaos", "NetworkChaos", "StressChaos", "IOChaos", "HTTPChaos", "DNSChaos")
"""Kinds of software that few clusters have; where the API does not know them, there are none."""


async def take(reader: Reader, namespace: str, now: datetime) -> tuple[Snapshot, Artifact]:
    """One look at a namespace and the artifact that holds it, redacted.

    Raises `ClusterNotFound` for a namespace that does not exist and `ClusterUnreachable` when nothing answers;
    a single kind that cannot be read goes to `unreadable`, logs among them as `Pod/log`.
    """
    seen, (usage, missing) = await asyncio.gather(
        look(reader, namespace, KINDS, now, OPTIONAL), _usage(reader, namespace)
    )
    logs, error = await tails.take(reader, namespace, tails.wanted(seen.of("Pod")))
    unreadable = dict(seen.unreadable) | ({"Pod/log": str(error)} if error else {})
    unreadable |= {"PodMetrics": missing} if missing else {}
    snapshot = replace(seen, logs=logs, usage=usage, unreadable=unreadable)
    artifact = Artifact.of(f"snapshot {namespace}", summarize(snapshot), now)
    return replace(snapshot, artifact=artifact.id), artifact


async def run(reader: Reader, call: Call, now: datetime) -> Outcome:
    """The probe: the snapshot as text, and whatever in it is not as it should be."""
    snapshot, artifact = await take(reader, call.namespace, now)
    pods = len(snapshot.of("Pod"))
    found = tuple(troubles(snapshot))
    note = f"Looked at {count(pods, 'pod')} and everything around them in namespace {call.namespace}"
    unread = f"; could not read {', '.join(sorted(snapshot.unreadable))}" if snapshot.unreadable else ""
    state = f"; {count(len(found), 'thing')} not as it should be" if found else "; nothing stands out"
    return Outcome(f"{note}{unread}{state}.", artifact.text if any(snapshot.objects.values()) else "", found)


async def _usage(reader: Reader, namespace: str) -> tuple[Mapping[str, Mapping[str, str]], str]:
    try:
        return await reader.usage(namespace), ""
    except AoiError as e:
        return {}, str(e)
