"""A workload waits for a volume claim that is not bound, or that does not exist."""

import difflib
import re
from collections.abc import Iterator

from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.events import events_about, message_of
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, changed_at, dig, name_of, ref_of, workloads
from tools.analyzers.references import claim_users
from tools.analyzers.released_volume import left_volume
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_NOT_BOUND = ("FailedBinding", "ProvisioningFailed", "ExternalProvisioning")


def analyze_pending(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each unbound claim that a pod waits for."""
    for claim in snapshot.of("PersistentVolumeClaim"):
        if dig(claim, "status", "phase") == "Bound" or claim["metadata"].get("deletionTimestamp"):
            continue
        if left_volume(snapshot, claim) is not None:
            continue  # The analyzer of released volumes says more.
        waiting = [w for w in claim_users(snapshot, name_of(claim)) if w.ready < max(1, w.wanted)]
        if waiting:
            ref = ref_of(snapshot, "PersistentVolumeClaim", claim)
            why = _why(snapshot, ref, dig(claim, "spec", "storageClassName"))
            users = ", ".join(w.ref.name for w in waiting)
            findings = [seen(snapshot, ref, f"The claim is not bound: {why}.")]
            findings += [seen(snapshot, w.ref, f"Its pods wait for the claim {ref.name}.") for w in waiting]
            yield suspect(
                Cause.VOLUME_CLAIM_PENDING,
                ref,
                f"{users} cannot start because the volume claim {ref.name} is not bound: {why}.",
                findings,
                confidence=0.93,
                actions=[a for w in waiting for a in roll_back(w, ("volumes",))],
                affected=[w.ref for w in waiting],
                changed_at=changed_at(claim),
            )


def analyze_missing(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that names a claim nobody has made."""
    if "PersistentVolumeClaim" in snapshot.unreadable:
        return
    there = [name_of(claim) for claim in snapshot.of("PersistentVolumeClaim")]
    for workload in workloads(snapshot):
        for name in _claims(workload):
            if name not in there and workload.wanted and workload.ready < workload.wanted:
                yield _missing(snapshot, workload, name, there)


def _missing(snapshot: Snapshot, workload: Workload, name: str, there: list[str]) -> Suspicion:
    findings = [seen(snapshot, workload.ref, f"It mounts the claim {name}, which does not exist.")]
    near = difflib.get_close_matches(name, there, n=1)
    if near:
        findings.append(seen(snapshot, workload.ref, f"There is a claim {near[0]} with nearly the same name."))
    change = last_change(workload)
    back = roll_back(workload, ("volumes",))
    return suspect(
        Cause.VOLUME_CLAIM_MISSING,
        workload.ref,
        f"{workload.ref.name} cannot start because the volume claim {name} that it mounts does not exist.",
        findings,
        confidence=0.95,
        actions=back,
        changed_at=change.made_at if change and back else None,
    )


def _claims(workload: Workload) -> tuple[str, ...]:
    volumes = workload.pod_spec.get("volumes") or ()
    names = (dig(volume, "persistentVolumeClaim", "claimName") for volume in volumes)
    return tuple(str(name) for name in names if name)


def _why(snapshot: Snapshot, ref: Ref, storage_class: str | None) -> str:
    classes = [name_of(c) for c in snapshot.of("StorageClass")]
    readable = "StorageClass" not in snapshot.unreadable
    if storage_class and readable and storage_class not in classes and not _volume_of(snapshot, storage_class):
        return f"there is no storage class {storage_class}"
    said = (message_of(e) for e in events_about(snapshot, ref.kind, ref.name, *_NOT_BOUND))
    text = next(said, "no volume fits it")
    return re.sub(r"\s*\.$", "", clean(text))


def _volume_of(snapshot: Snapshot, storage_class: str) -> bool:
    volumes = snapshot.of("PersistentVolume")
    return any(
        dig(v, "spec", "storageClassName") == storage_class and dig(v, "status", "phase") == "Available"
        for v in volumes
    )
