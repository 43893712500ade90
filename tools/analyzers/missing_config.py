"""A ConfigMap, a Secret, or a key of one, that a workload refers to is not there."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.actions import Action, SetConfigKey, SetConfigReference
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.applied import applied
from tools.analyzers.containers import containers
from tools.analyzers.events import events_about, message_of
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, changed_at, dig, is_ready, name_of, ref_of, workloads
from tools.analyzers.references import Kind, Reference, references, used_names
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_OBJECT = re.compile(r"\b(configmap|secret)s?\s+\"?([a-z0-9.-]+)\"?\s+not found", re.IGNORECASE)
_KEY = re.compile(r"couldn't find key (\S+) in (configmap|secret) (?:\S+?/)?([a-z0-9.-]+)", re.IGNORECASE)
_MOUNT_KEY = re.compile(r"references non-existent (?:config|secret) key: (\S+)", re.IGNORECASE)
_ALIKE = 0.6
_REDACTED = "[redacted:"


@dataclass(frozen=True)
class Missing:
    """What is not there, by Kubernetes' own words."""

    kind: Kind
    name: str
    key: str | None
    """`None` when the whole object is missing."""
    said: str
    pod: Ref


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each missing object or key, and workload that waits for it."""
    every = workloads(snapshot)
    for workload in every:
        found = {(m.kind, m.name, m.key): m for m in _missing(snapshot, workload)}
        for missing in found.values():
            yield _case(snapshot, every, workload, missing)


def _missing(snapshot: Snapshot, workload: Workload) -> Iterator[Missing]:
    for pod in workload.pods:
        if is_ready(pod):
            continue
        ref = ref_of(snapshot, "Pod", pod)
        said = [c.message for c in containers(pod) if c.reason == "CreateContainerConfigError"]
        events = events_about(snapshot, "Pod", name_of(pod), "FailedMount", "Failed")
        if any(
            c.reason in ("ContainerCreating", "PodInitializing", "CreateContainerConfigError")
            for c in containers(pod)
        ):
            said += [message_of(event) for event in events]
        for text in said:
            found = _read(workload, text, ref)
            if found is not None:
                yield found


def _read(workload: Workload, text: str, pod: Ref) -> Missing | None:
    if match := _KEY.search(text):
        return Missing(_kind(match[2]), match[3], match[1], clean(text), pod)
    if match := _OBJECT.search(text):
        return Missing(_kind(match[1]), match[2], None, clean(text), pod)
    if match := _MOUNT_KEY.search(text):
        kind: Kind = "Secret" if "secret key" in text else "ConfigMap"
        owners = (r.name for r in references(workload) if r.kind == kind and r.key == match[1])
        name = next(owners, None)
        return Missing(kind, name, match[1], clean(text), pod) if name else None
    return None


def _kind(word: str) -> Kind:
    return "Secret" if word.lower().startswith("secret") else "ConfigMap"


def _case(snapshot: Snapshot, every: tuple[Workload, ...], workload: Workload, missing: Missing) -> Suspicion:
    uses = [r for r in references(workload) if r.kind == missing.kind and r.name == missing.name]
    uses = [r for r in uses if r.key == missing.key] or uses
    what = (
        f"key {missing.key} of {missing.kind} {missing.name}" if missing.key else f"{missing.kind} {missing.name}"
    )
    back = tuple(a for use in uses[:1] for a in roll_back(workload, use.path))
    findings = [seen(snapshot, missing.pod, f"Kubernetes cannot set the pod up: {missing.said}")]
    findings += [seen(snapshot, workload.ref, f"{_capital(use.where)} refers to {what}.") for use in uses[:2]]
    if back:
        findings.append(seen(snapshot, workload.ref, "That reference came with the last revision."))
    change = last_change(workload)
    holder = snapshot.named("ConfigMap", missing.name) if missing.kind == "ConfigMap" else None
    return suspect(
        Cause.MISSING_SECRET if missing.kind == "Secret" else Cause.MISSING_CONFIG,
        workload.ref,
        f"{workload.ref.name} cannot start because the {what} that it refers to does not exist.",
        findings,
        confidence=0.97,
        actions=(*back, *_repairs(snapshot, every, workload, missing, uses)),
        changed_at=change.made_at if change and back else changed_at(holder) if holder else None,
    )


def _repairs(
    snapshot: Snapshot, every: tuple[Workload, ...], workload: Workload, missing: Missing, uses: list[Reference]
) -> tuple[Action, ...]:
    """Repairs from what the snapshot knows: never an invented name or value."""
    if missing.kind == "Secret" or workload.ref.kind in ("Job", "Pod") or not uses:
        return ()
    if missing.key is not None:
        return _restored_key(snapshot, missing)
    there = {name_of(c): set(dig(c, "data") or {}) for c in snapshot.of("ConfigMap")}
    keys = {use.key for use in uses if use.key}
    fitting = [name for name, held in there.items() if keys <= held]
    stem = re.sub(r"-[a-z0-9]{5,10}$", "", missing.name)
    near = difflib.get_close_matches(missing.name, fitting, n=2, cutoff=_ALIKE)
    near.sort(key=lambda name: (not name.startswith(stem), name not in used_names(every, "ConfigMap")))
    return tuple(
        SetConfigReference(target=workload.ref, missing=missing.name, config_map=name) for name in near[:1]
    )


def _restored_key(snapshot: Snapshot, missing: Missing) -> tuple[Action, ...]:
    """The key's value from the ConfigMap's last applied form, or from a key that differs by a slip."""
    config = snapshot.named("ConfigMap", missing.name)
    if config is None or missing.key is None:
        return ()
    value = (applied(config, "data") or {}).get(missing.key)
    if value is None:
        data = {k: str(v) for k, v in (dig(config, "data") or {}).items()}
        slip = difflib.get_close_matches(missing.key, data, n=1, cutoff=0.8)
        value = data[slip[0]] if slip else None
    if value is None or _REDACTED in value:
        return ()
    target = Ref(kind="ConfigMap", name=missing.name, namespace=snapshot.namespace)
    return (SetConfigKey(target=target, key=missing.key, value=value),)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
