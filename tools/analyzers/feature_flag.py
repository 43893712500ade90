"""A feature flag was switched lately, and the workload that it speaks of is in trouble since."""

from collections.abc import Iterator, Sequence

from domain.actions import Action, Restart, SwitchFlag
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers import application_error, out_of_memory
from tools.analyzers.declared import config_maps_of, started_before
from tools.analyzers.flags import Flag, declared_variants, flags_of, words_of
from tools.analyzers.objects import Workload, age, changed_at, name_of, ref_of, when
from tools.analyzers.signals import SIGNAL_ANALYZERS
from tools.analyzers.stores import stores
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_LATELY_SECONDS = 4 * 3600.0
_CREATION_SECONDS = 60.0
"""A change within this time of the ConfigMap's creation is part of it."""
_CALLERS = frozenset({"unreachable", "unavailable", "timeout"})
"""Words of flags that keep callers from a service; the service itself is well."""
_TROUBLES = (*SIGNAL_ANALYZERS, application_error.analyze, out_of_memory.analyze)
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each flag switched on lately, and each server that has not read its file since."""
    wiring = Wiring.of(snapshot)
    for config in snapshot.of("ConfigMap"):
        flags = flags_of(config)
        if not flags or not _changed_lately(snapshot, config):
            continue
        switched = _switched(config, flags)
        for flag in switched:
            yield _case(wiring, config, flag, alone=len(switched) == 1)
        for server in _readers(wiring, config) if not switched else ():
            if _reads_once(server, config) and started_before(server, config):
                yield _unread(wiring, config, server)


def _changed_lately(snapshot: Snapshot, config: Json) -> bool:
    changed, made = changed_at(config), when(config["metadata"].get("creationTimestamp"))
    if changed is None or age(snapshot, changed) > _LATELY_SECONDS:
        return False
    return made is None or (changed - made).total_seconds() > _CREATION_SECONDS


def _switched(config: Json, flags: Sequence[Flag]) -> list[Flag]:
    """The flags that are on; where the declared form is on record, only those that differ from it."""
    before = declared_variants(config)
    return [flag for flag in flags if not flag.is_off and before.get(flag.name) != flag.served]


def _case(wiring: Wiring, config: Json, flag: Flag, alone: bool) -> Suspicion:
    snapshot = wiring.snapshot
    held = ref_of(snapshot, "ConfigMap", config)
    subject, confidence, trouble = _place(wiring, flag, alone)
    before = declared_variants(config).get(flag.name)
    text = f"Flag {flag.name} in {held.name} serves {flag.served!r}" + (
        f" instead of {before!r}." if before else "."
    )
    findings = [seen(snapshot, held, text)]
    findings += list(trouble.findings[:3]) if trouble else []
    concerns = f"; it concerns {subject.name}" if subject else ""
    since = f". {trouble.hypothesis.statement}" if trouble else "."
    target = subject or held
    suffering = trouble.hypothesis.affected if trouble else ()
    return suspect(
        Cause.FEATURE_FLAG,
        target,
        f"The feature flag {flag.name} was switched to {flag.served!r}{concerns}{since}",
        findings,
        confidence=confidence,
        actions=_back(wiring, config, flag, before),
        affected=[*suffering, *([held] if trouble is None else ()), *_trouble_of(wiring, target)],
        directness=Directness.INFERRED,
        changed_at=changed_at(config),
    )


def _place(wiring: Wiring, flag: Flag, alone: bool) -> tuple[Ref | None, float, Suspicion | None]:
    """The workload that the flag harms, how sure that is, and the trouble that shows it.

    Trouble where the flag's words point comes first; then trouble anywhere, for a flag whose words name nobody or
    that keeps callers away; then the words alone.
    """
    meant = [w.ref for w in wiring.workloads if words_of(w.ref.name) and words_of(w.ref.name) <= flag.words]
    meant += [w.ref for w, store in stores(wiring).values() if store.value.lower() in flag.words]
    troubles = _troubles(wiring.snapshot)
    for trouble in troubles:
        if trouble.hypothesis.subject in meant:
            return trouble.hypothesis.subject, 0.93, trouble
    for trouble in troubles:
        for ref in trouble.hypothesis.affected:
            if ref in meant and not flag.words & _CALLERS:
                return ref, 0.88, trouble
    about_callers = not meant or bool(flag.words & _CALLERS)
    if troubles and about_callers:
        return troubles[0].hypothesis.subject, 0.86 if alone else 0.65, troubles[0]
    longest = sorted(meant, key=lambda ref: -len(words_of(ref.name)))
    return (longest[0], 0.75, None) if longest else (None, 0.5, None)


def _troubles(snapshot: Snapshot) -> tuple[Suspicion, ...]:
    """What is wrong with workloads, by telemetry and by logs, surest first."""

    def look(snapshot: Snapshot) -> tuple[Suspicion, ...]:
        found = [suspicion for analyze in _TROUBLES for suspicion in analyze(snapshot)]
        mine = [s for s in found if s.hypothesis.subject.kind in _WORKLOADS]
        return tuple(sorted(mine, key=lambda s: -s.hypothesis.confidence))

    return snapshot.once("troubles of flags", look)


def _trouble_of(wiring: Wiring, subject: Ref) -> tuple[Ref, ...]:
    return tuple(backing.ref for backing in wiring.serving(subject))


def _readers(wiring: Wiring, config: Json) -> list[Workload]:
    """The workloads that serve the flags: those that mount the file."""
    mounting = (w for w in wiring.workloads if w.ref.kind in _WORKLOADS)
    return [w for w in mounting if config in config_maps_of(wiring.snapshot, w)]


def _reads_once(server: Workload, config: Json) -> bool:
    """Whether the file is copied at the start, by an init container or as a single mounted file."""
    spec = server.pod_spec
    volumes = {
        str(volume["name"])
        for volume in spec.get("volumes") or ()
        if (volume.get("configMap") or {}).get("name") == name_of(config)
    }
    copied = [m for c in spec.get("initContainers") or () for m in c.get("volumeMounts") or ()]
    mounted = [m for c in spec.get("containers") or () for m in c.get("volumeMounts") or ()]
    held = [m for m in mounted if m.get("name") in volumes]
    return any(m.get("name") in volumes for m in copied) or any(m.get("subPath") for m in held)


def _back(wiring: Wiring, config: Json, flag: Flag, before: str | None) -> tuple[Action, ...]:
    variant = before if before in flag.variants else flag.off
    if variant is None:
        return ()
    target = ref_of(wiring.snapshot, "ConfigMap", config)
    back = SwitchFlag(target=target, key=flag.key, flag=flag.name, variant=variant)
    return (back, *(Restart(target=w.ref) for w in _readers(wiring, config) if _reads_once(w, config)))


def _unread(wiring: Wiring, config: Json, server: Workload) -> Suspicion:
    """The flags were switched back in the file, and its server still has the old one."""
    snapshot, held = wiring.snapshot, ref_of(wiring.snapshot, "ConfigMap", config)
    text = f"{server.ref.name} reads the flags of {held.name} at its start, and they were changed after that."
    return suspect(
        Cause.FEATURE_FLAG,
        server.ref,
        text,
        [seen(snapshot, held, text)],
        confidence=0.86,
        actions=(Restart(target=server.ref),),
        affected=[held, *(trouble.hypothesis.subject for trouble in _troubles(snapshot))],
        directness=Directness.INFERRED,
        changed_at=changed_at(config),
    )
