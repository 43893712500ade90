"""A chaos experiment (Chaos Mesh 2.x) hits a workload: what looks like a fault is somebody's test."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.objects import Workload, age, dig, is_true, labels_of, name_of, ref_of, when
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring, matches
from tools.snapshot import Snapshot

KINDS = ("PodChaos", "NetworkChaos", "StressChaos", "IOChaos", "HTTPChaos", "DNSChaos")
_ONCE = frozenset({"pod-kill", "container-kill"})
"""Actions that are done at once and never taken back."""
_FELT_SECONDS = 1800.0
"""How long a kill is worth a word."""
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SETTINGS = (
    "loss",
    "delay",
    "duplicate",
    "corrupt",
    "bandwidth",
    "stressors",
    "errno",
    "abort",
    "replace",
    "patch",
)


@dataclass(frozen=True)
class Experiment:
    """One chaos object."""

    ref: Ref
    object: Json

    @property
    def action(self) -> str:
        """What it does: `pod-failure`, `loss`; the kind where it has no action."""
        return str(dig(self.object, "spec", "action") or self.ref.kind.removesuffix("Chaos").lower())

    @property
    def records(self) -> tuple[Json, ...]:
        """What it has chosen, each with its phase."""
        return tuple(dig(self.object, "status", "experiment", "containerRecords") or ())

    @property
    def has_hit(self) -> bool:
        """Whether it has been carried out on something."""
        return is_true(self.object, "AllInjected") or any(int(r.get("injectedCount") or 0) for r in self.records)

    @property
    def runs(self) -> bool:
        """Whether what it does is in force."""
        injected = any(record.get("phase") == "Injected" for record in self.records)
        return injected or (is_true(self.object, "AllInjected") and not is_true(self.object, "AllRecovered"))


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that an experiment hits now, or has killed lately."""
    wiring = Wiring.of(snapshot)
    for kind in KINDS:
        for obj in snapshot.of(kind):
            experiment = Experiment(ref_of(snapshot, kind, obj), obj)
            lately = age(snapshot, _began(experiment)) <= _FELT_SECONDS
            once = experiment.action in _ONCE
            if (experiment.has_hit and lately) if once else experiment.runs:
                yield from _cases(wiring, experiment, once)


def _cases(wiring: Wiring, experiment: Experiment, once: bool) -> Iterator[Suspicion]:
    hit = _hit(wiring, experiment)
    for subject in hit or (experiment.ref,):
        yield _case(wiring, experiment, subject, once)


def _case(wiring: Wiring, experiment: Experiment, subject: Ref, once: bool) -> Suspicion:
    snapshot, ref = wiring.snapshot, experiment.ref
    began = _began(experiment)
    past = f"{age(snapshot, began):.0f} s"
    left = _left(snapshot, experiment)
    until = f"; it ends by itself in {left:.0f} s" if left is not None and not once else ""
    verb = "killed" if once else "is hitting"
    what = f"The chaos experiment {ref.kind} {ref.name} ({_in_words(experiment)}) {verb} {subject.name}"
    findings = [seen(snapshot, ref, f"{ref.kind} {ref.name}: {_in_words(experiment)}, begun {past} ago{until}.")]
    findings += [seen(snapshot, subject, f"It hits {record}.") for record in _ids(experiment)[:3]]
    return suspect(
        Cause.CHAOS_EXPERIMENT,
        subject,
        f"{what} {f'{past} ago' if once else f'for {past}'}{until}.",
        findings,
        confidence=0.88 if once else 0.97,
        affected=[*(backing.ref for backing in wiring.serving(subject)), *wiring.dependents_of(subject)],
        changed_at=when(began),
    )


def _hit(wiring: Wiring, experiment: Experiment) -> tuple[Ref, ...]:
    """The workloads of the pods that it chose, else those whose pods its selector finds."""
    chosen = {tuple(text.split("/")[:2]) for text in _ids(experiment)}
    found = [w for w in wiring.workloads for pod in w.pods if (w.ref.namespace, name_of(pod)) in chosen]
    return tuple(dict.fromkeys(w.ref for w in found or _selected(wiring, experiment)))


def _selected(wiring: Wiring, experiment: Experiment) -> list[Workload]:
    labels = dig(experiment.object, "spec", "selector", "labelSelectors") or {}
    if not labels:
        return []
    return [
        w for w in wiring.workloads if matches(labels, labels_of({"metadata": w.template.get("metadata") or {}}))
    ]


def _ids(experiment: Experiment) -> tuple[str, ...]:
    """`namespace/pod`, for a kill of a container with the container's name behind."""
    return tuple(str(record["id"]) for record in experiment.records if record.get("id"))


def _began(experiment: Experiment) -> str | None:
    applied = [
        str(event["timestamp"])
        for record in experiment.records
        for event in record.get("events") or ()
        if event.get("operation") == "Apply" and event.get("timestamp")
    ]
    return min(applied, default=experiment.object["metadata"].get("creationTimestamp"))


def _left(snapshot: Snapshot, experiment: Experiment) -> float | None:
    """Seconds until it ends; `None` when it goes on until somebody ends it."""
    text = str(dig(experiment.object, "spec", "duration") or "")
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    length = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return max(0.0, length - age(snapshot, experiment.object["metadata"].get("creationTimestamp")))


def _in_words(experiment: Experiment) -> str:
    """`loss, loss 99`: the action and the figures that go with it."""
    spec = experiment.object.get("spec") or {}
    figures = (
        f"{key} {value}"
        for name in _SETTINGS
        if isinstance(setting := spec.get(name), dict)
        for key, value in setting.items()
        if isinstance(value, str) and key != "correlation"
    )
    return ", ".join((experiment.action, *figures))
