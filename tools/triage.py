"""Triage: every analyzer over one look at the scope, mere consequences explained away, the rest in order."""

from collections.abc import Sequence

from domain.cluster import Ref, Severity
from domain.evidence import Artifact, Finding
from domain.ports import Triage
from tools.analyzers.catalogue import ANALYZERS
from tools.analyzers.objects import CONTROLLERS
from tools.analyzers.signals import SIGNAL_ANALYZERS
from tools.analyzers.suspicion import Suspicion, seen
from tools.analyzers.wiring import Wiring
from tools.exhibits import exhibited
from tools.explain import Connections, explained, merged
from tools.snapshot import Snapshot

_RECENT_SECONDS = 1800.0
_OPTIONAL = frozenset({"PodMetrics"})
"""What many clusters do not have; doing without it is not worth a word."""


def triage(snapshots: Sequence[Snapshot], artifacts: Sequence[Artifact] = ()) -> Triage:
    """What the analyzers make of one look; best hypothesis first, none when all is well."""
    connections = Connections({s.namespace: Wiring.of(s) for s in snapshots})
    looks = [_look(snapshot) for snapshot in snapshots]
    found = merged(suspicion for suspicions, _ in looks for suspicion in suspicions)
    ordered = sorted(found, key=lambda suspicion: -_weight(snapshots, suspicion, connections))
    roots = sorted(explained(ordered, connections), key=lambda s: -_weight(snapshots, s, connections))
    findings = {finding.id: finding for suspicion in roots for finding in suspicion.findings}
    blind = (finding for _, stumbles in looks for finding in stumbles)
    cited, full = exhibited((*findings.values(), *blind), snapshots, artifacts)
    return Triage(
        looked_at=looked_at(snapshots),
        findings=cited,
        hypotheses=tuple(suspicion.hypothesis for suspicion in roots),
        artifacts=full,
    )


def looked_at(snapshots: Sequence[Snapshot]) -> str:
    """What was looked at, in one sentence."""
    names = ", ".join(snapshot.namespace for snapshot in snapshots) or "no namespace"
    objects = sum(len(found) for s in snapshots for kind, found in s.objects.items() if kind != "Event")
    workloads = sum(len(s.of(kind)) for s in snapshots for kind in CONTROLLERS)
    return f"Looked at {names}: {objects} objects, {workloads} workloads."


def _look(snapshot: Snapshot) -> tuple[list[Suspicion], list[Finding]]:
    """The suspicions about one namespace, and what could not be judged there.

    An object of an odd shape must not blind the other analyzers, so its error becomes a finding.
    """
    space = Ref(kind="Namespace", name=snapshot.namespace)
    found: list[Suspicion] = []
    blind = _blind_spots(snapshot, space)
    for analyze in (*ANALYZERS, *SIGNAL_ANALYZERS):
        try:
            found += analyze(snapshot)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            name = analyze.__module__.rsplit(".", 1)[-1].replace("_", " ")
            text = f"The analyzer for {name} could not judge an object of an odd shape ({type(error).__name__})."
            blind.append(seen(snapshot, space, text, Severity.INFO))
    return found, blind


def _weight(snapshots: Sequence[Snapshot], suspicion: Suspicion, connections: Connections) -> float:
    """How far up a suspicion belongs: roots before symptoms, then by severity, directness, reach and recency."""
    hypothesis = suspicion.hypothesis
    now = max(snapshot.taken_at for snapshot in snapshots)
    changed = suspicion.changed_at
    recent = changed is not None and (now - changed).total_seconds() <= _RECENT_SECONDS
    down = _is_down(hypothesis.subject, hypothesis.affected, connections)
    return (
        (0.0 if suspicion.follows else 2.0)
        + 1.0 * hypothesis.confidence
        + 0.2 * suspicion.directness
        + 0.3 * down
        + 0.3 * recent
        + 0.05 * min(len(hypothesis.affected), 6)
    )


def _is_down(subject: Ref, affected: Sequence[Ref], connections: Connections) -> bool:
    """Whether the subject, or somebody it hurts, has no ready pod left."""
    hit = {subject, *affected}
    return any(
        workload.ref in hit and workload.wanted > 0 and workload.ready == 0
        for wiring in connections.wirings.values()
        for workload in wiring.workloads
    )


def _blind_spots(snapshot: Snapshot, space: Ref) -> list[Finding]:
    """What could not be read, so that nobody takes silence for health."""
    unread = [
        f"{kind} could not be read: {why}"
        for kind, why in sorted(snapshot.unreadable.items())
        if kind not in _OPTIONAL
    ]
    unsaid = snapshot.signals.missing if snapshot.signals else ()
    return [seen(snapshot, space, text, Severity.INFO) for text in (*unread, *unsaid)]
