"""Claims, volumes and storage classes, and who waits for them."""

from collections.abc import Iterator
from datetime import datetime

from domain.base import Json
from domain.cluster import Severity
from domain.probes import Volumes
from tools.analyzers.events import events_about, message_of
from tools.analyzers.objects import dig, name_of, ref_of
from tools.cluster.reader import Reader
from tools.read.look import look
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import section, table
from tools.snapshot import Snapshot

_KINDS = ("PersistentVolumeClaim", "PersistentVolume", "StorageClass", "Pod", "Event")


async def run(reader: Reader, call: Volumes, now: datetime) -> Outcome:
    """The claims with their volumes; an unbound or absent claim that a pod waits for is what matters."""
    seen = await look(reader, call.namespace, _KINDS, now)
    users = _users(seen)
    claims = seen.of("PersistentVolumeClaim")
    if not claims and not users:
        return Outcome(f"No claims in namespace {call.namespace}, and no pod asks for one.")
    troubles = (*_unbound(seen, users), *_absent(seen, users))
    text = "\n\n".join(
        (
            section("Claims", table(_claim_rows(seen, users))),
            section("Volumes", table(_volume_rows(seen, call.namespace))),
            section("Storage classes", table((name_of(c), c.get("provisioner")) for c in seen.of("StorageClass"))),
        )
    )
    bad = count(len(troubles), "problem")
    return Outcome(
        f"{count(len(claims), 'claim').capitalize()} in namespace {call.namespace}, {bad}.", text, troubles
    )


def _users(seen: Snapshot) -> dict[str, list[Json]]:
    """Pods by the claim they mount."""
    users: dict[str, list[Json]] = {}
    for pod in seen.of("Pod"):
        for volume in dig(pod, "spec", "volumes") or ():
            if name := dig(volume, "persistentVolumeClaim", "claimName"):
                users.setdefault(str(name), []).append(pod)
    return users


def _unbound(seen: Snapshot, users: dict[str, list[Json]]) -> Iterator[Observation]:
    for claim in seen.of("PersistentVolumeClaim"):
        if dig(claim, "status", "phase") != "Bound":
            name = name_of(claim)
            said = next(
                (message_of(e) for e in events_about(seen, "PersistentVolumeClaim", name)), "no reason given"
            )
            waiting = ", ".join(name_of(pod) for pod in users.get(name, ()))
            text = f"The claim is {dig(claim, 'status', 'phase') or 'not bound'}: {said.rstrip('. ')}."
            severity = Severity.CRITICAL if waiting else Severity.WARNING
            ref = ref_of(seen, "PersistentVolumeClaim", claim)
            yield observe(severity, ref, f"{text} Waiting for it: {waiting or 'no pod'}.")


def _absent(seen: Snapshot, users: dict[str, list[Json]]) -> Iterator[Observation]:
    for name, pods in users.items():
        if "PersistentVolumeClaim" not in seen.unreadable and seen.named("PersistentVolumeClaim", name) is None:
            for pod in pods:
                text = f"It mounts the claim {name}, which does not exist."
                yield observe(Severity.CRITICAL, ref_of(seen, "Pod", pod), text)


def _claim_rows(seen: Snapshot, users: dict[str, list[Json]]) -> Iterator[tuple[object, ...]]:
    for claim in seen.of("PersistentVolumeClaim"):
        yield (
            name_of(claim),
            dig(claim, "status", "phase"),
            dig(claim, "spec", "volumeName") or "no volume",
            dig(claim, "spec", "resources", "requests", "storage"),
            ",".join(dig(claim, "spec", "accessModes") or ()),
            dig(claim, "spec", "storageClassName") or "default class",
            "used by " + (", ".join(name_of(p) for p in users.get(name_of(claim), ())) or "nobody"),
        )


def _volume_rows(seen: Snapshot, namespace: str) -> Iterator[tuple[object, ...]]:
    """The volumes that are free or belong to this namespace."""
    for volume in seen.of("PersistentVolume"):
        owner = dig(volume, "spec", "claimRef") or {}
        if owner.get("namespace") in (None, namespace):
            size = dig(volume, "spec", "capacity", "storage")
            yield name_of(volume), dig(volume, "status", "phase"), size, owner.get("name") or "free"
