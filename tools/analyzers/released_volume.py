"""A claim that was made anew waits for a volume that still refers to its predecessor."""

from collections.abc import Iterator

from domain.actions import ReleaseVolume
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.objects import changed_at, dig, name_of, ref_of
from tools.analyzers.references import claim_users
from tools.analyzers.scheduling import unscheduled
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each waiting claim whose volume is Released."""
    wiring = Wiring.of(snapshot)
    for claim in snapshot.of("PersistentVolumeClaim"):
        volume = left_volume(snapshot, claim)
        if volume is not None:
            yield _case(wiring, claim, volume)


def left_volume(snapshot: Snapshot, claim: Json) -> Json | None:
    """The volume that an earlier claim of this name has left behind, while this one waits."""
    if dig(claim, "status", "phase") != "Pending" or claim["metadata"].get("deletionTimestamp"):
        return None
    for volume in snapshot.of("PersistentVolume"):
        reference = dig(volume, "spec", "claimRef") or {}
        same = (reference.get("namespace"), reference.get("name")) == (snapshot.namespace, name_of(claim))
        released = dig(volume, "status", "phase") == "Released"
        if same and released and reference.get("uid") != claim["metadata"].get("uid"):
            return volume
    return None


def _case(wiring: Wiring, claim: Json, volume: Json) -> Suspicion:
    snapshot = wiring.snapshot
    waiting = ref_of(snapshot, "PersistentVolumeClaim", claim)
    left = Ref(kind="PersistentVolume", name=name_of(volume))
    users = [w.ref for w in claim_users(snapshot, waiting.name)]
    subject = users[0] if len(users) == 1 else waiting
    kept = dig(volume, "spec", "persistentVolumeReclaimPolicy") == "Retain"
    findings = [
        seen(snapshot, waiting, f"The claim {waiting.name} is not bound."),
        seen(snapshot, left, f"Volume {left.name} is Released: it refers to an earlier claim of the same name."),
    ]
    findings += [seen(snapshot, user, f"Its pods wait for the claim {waiting.name}.") for user in users]
    findings += [
        seen(snapshot, ref_of(snapshot, "Pod", each.pod), f"The scheduler finds no node: {each.said}.")
        for each in unscheduled(snapshot)
        if each.workload.ref in users
    ]
    names = ", ".join(user.name for user in users) or "Nobody yet"
    return suspect(
        Cause.VOLUME_CLAIM_PENDING,
        subject,
        f"{names} waits for the claim {waiting.name}, which was made anew; its volume {left.name} still"
        f" belongs to the claim that was deleted.",
        findings,
        confidence=0.97 if users else 0.7,
        actions=(ReleaseVolume(target=left, claim=waiting),) if kept else (),
        affected=[waiting, *users, *(r for user in users for r in wiring.dependents_of(user))],
        changed_at=changed_at(claim),
    )
