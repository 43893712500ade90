"""A Service selects no pods, or the pods of another workload, while the pods it was meant for are there."""

import difflib
from collections.abc import Iterator, Mapping

from domain.actions import PatchServiceSelector
from domain.diagnosis import Cause
from tools.analyzers.applied import applied
from tools.analyzers.complaints import Complaint, complaints
from tools.analyzers.objects import Workload, changed_at, dig
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Backing, Wiring, matches
from tools.snapshot import Snapshot

_ALIKE = 0.6


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each Service that misses its pods."""
    wiring = Wiring.of(snapshot)
    cries = complaints(wiring)
    for name, backing in wiring.backings.items():
        about = [c for c in cries if c.service == name]
        if backing.workloads and not about:
            continue
        meant = _meant(wiring, backing)
        if meant and all(workload.ref.name != meant.ref.name for workload in backing.workloads):
            yield _case(wiring, backing, meant, about)


def _meant(wiring: Wiring, backing: Backing) -> Workload | None:
    """The workload the Service is for: one that no other Service serves, with its name or nearly its labels."""
    selector, name = _selector(backing), backing.ref.name
    before = applied(backing.service, "spec", "selector")
    others = [b for b in wiring.backings.values() if b.ref != backing.ref]
    best: tuple[float, Workload] | None = None
    for workload in wiring.workloads:
        if workload.ref.kind not in ("Deployment", "StatefulSet", "DaemonSet", "Pod"):
            continue
        labels = _labels(workload)
        score = _likeness(selector, labels) + (2.0 if workload.ref.name == name else 0.0)
        score += 3.0 if before and matches(before, labels) else 0.0
        score -= 0.5 if any(w.ref == workload.ref for b in others for w in b.workloads) else 0.0
        if score >= 1.0 and not matches(selector, labels) and (best is None or score > best[0]):
            best = (score, workload)
    return best[1] if best else None


def _likeness(selector: Mapping[str, str], labels: Mapping[str, str]) -> float:
    """0..1 for the share of pairs that agree or nearly do, by key and value; nearly counts for most."""
    if not selector:
        return 0.0
    agreeing = (_alike(labels.get(key, ""), value) or value in labels.values() for key, value in selector.items())
    return sum(agreeing) / len(selector)


def _alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _case(wiring: Wiring, backing: Backing, meant: Workload, about: list[Complaint]) -> Suspicion:
    snapshot, name = wiring.snapshot, backing.ref.name
    selector, labels = _selector(backing), _labels(meant)
    selects = "no pods" if not backing.workloads else f"the pods of {backing.workloads[0].ref.name}"
    findings = [
        seen(snapshot, backing.ref, f"Service {name} selects {_words(selector)}, which are {selects}."),
        seen(snapshot, meant.ref, f"The pods of {meant.ref.name} have the labels {_words(labels)}."),
    ]
    findings += [
        seen(snapshot, c.caller.ref, f"{c.caller.ref.name} cannot call Service {name}: {c.line}")
        for c in about[:3]
    ]
    return suspect(
        Cause.SELECTOR_MISMATCH,
        backing.ref,
        f"Service {name} selects {_words(selector)} and so reaches {selects}, while the pods of {meant.ref.name}"
        f" that it is for have {_words(labels)}.",
        findings,
        confidence=0.95 if not backing.workloads else 0.75,
        actions=(PatchServiceSelector(target=backing.ref, selector=_corrected(backing, meant)),),
        affected=[*(c.caller.ref for c in about), *wiring.callers_of(name)],
        directness=Directness.INFERRED,
        changed_at=changed_at(backing.service),
    )


def _corrected(backing: Backing, meant: Workload) -> dict[str, str]:
    """The declared selector when it fits, else the same keys with the pods' values, else the workload's own."""
    labels, selector = _labels(meant), _selector(backing)
    before = applied(backing.service, "spec", "selector")
    if before and matches(before, labels):
        return {str(k): str(v) for k, v in before.items()}
    kept = {key: labels[key] for key in selector if key in labels}
    own = dig(meant.object, "spec", "selector", "matchLabels") or labels
    return kept or {str(k): str(v) for k, v in own.items()}


def _selector(backing: Backing) -> dict[str, str]:
    return dict(dig(backing.service, "spec", "selector") or {})


def _labels(workload: Workload) -> dict[str, str]:
    labels = dict(dig(workload.template, "metadata", "labels") or {})
    labels.pop("pod-template-hash", None)
    return labels


def _words(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in pairs.items())
