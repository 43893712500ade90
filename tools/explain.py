"""Explaining away: who suffers only because something else is broken becomes `affected` of the root."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.suspicion import Suspicion
from tools.analyzers.wiring import Wiring

_VAGUE: Mapping[Cause, int] = {
    Cause.CHAOS_EXPERIMENT: -1,
    Cause.CRASH_LOOP: 1,
    Cause.INIT_CONTAINER: 1,
    Cause.READINESS_PROBE: 1,
    Cause.LIVENESS_PROBE: 1,
    Cause.STARTUP_PROBE: 1,
    Cause.MEMORY_LEAK: 1,
    Cause.TRAFFIC_SURGE: 1,
    Cause.QUEUE_LAG: 1,
    Cause.STUCK_ROLLOUT: 2,
    Cause.CPU_SATURATION: 2,
    Cause.NETWORK_DEGRADED: 2,
    Cause.SERVICE_ERRORS: 3,
    Cause.SERVICE_LATENCY: 3,
    Cause.DEPENDENCY_DOWN: 3,
    Cause.APPLICATION_ERROR: 4,
}
"""How little a cause says beyond the symptom; of two about one object the vaguer yields. The rest is 0."""
_FINDINGS_KEPT = 8
_SYMPTOMS_CITED = 2


@dataclass(frozen=True)
class Connections:
    """The wiring of every namespace that was looked at."""

    wirings: Mapping[str, Wiring]

    def impaired_by(self, suspicion: Suspicion) -> frozenset[Ref]:
        """The Services that do not serve well while the suspicion is true."""
        hypothesis = suspicion.hypothesis
        hit = {hypothesis.subject, *hypothesis.affected}
        services = {ref for ref in hit if ref.kind == "Service"}
        for ref in hit:
            wiring = self.wirings.get(ref.namespace or "")
            services |= {backing.ref for backing in wiring.serving(ref)} if wiring else set()
        return frozenset(services)

    def called_by(self, workload: Ref) -> frozenset[Ref]:
        """The Services that a workload is told to call."""
        wiring = self.wirings.get(workload.namespace or "")
        names = wiring.calls.get(workload, frozenset()) if wiring else frozenset()
        return frozenset(Ref(kind="Service", name=name, namespace=workload.namespace) for name in names)


def merged(suspicions: Iterable[Suspicion]) -> tuple[Suspicion, ...]:
    """One suspicion for each cause and subject, as sure as its surest."""
    by_key: dict[str, Suspicion] = {}
    for suspicion in suspicions:
        known = by_key.get(suspicion.hypothesis.key)
        by_key[suspicion.hypothesis.key] = _joined(known, suspicion) if known else suspicion
    return tuple(by_key.values())


def explained(suspicions: Sequence[Suspicion], connections: Connections) -> tuple[Suspicion, ...]:
    """The roots, each with those it explains folded in. `suspicions` come best first."""
    impaired = [connections.impaired_by(s) for s in suspicions]
    parents: dict[int, int] = {}
    for number, suspicion in enumerate(suspicions):
        causes = [
            other
            for other, root in enumerate(suspicions)
            if other != number and _explains(root, impaired[other], suspicion, connections)
        ]
        if causes:
            parents[number] = min(causes, key=lambda other: (suspicions[other].follows, other))
    roots = {number: _root(number, parents) for number in range(len(suspicions))}
    return tuple(
        _with_followers(suspicion, [suspicions[n] for n, root in roots.items() if root == number and n != number])
        for number, suspicion in enumerate(suspicions)
        if roots[number] == number
    )


def _explains(root: Suspicion, impaired: frozenset[Ref], other: Suspicion, connections: Connections) -> bool:
    mine, theirs = root.hypothesis, other.hypothesis
    if mine.subject == theirs.subject:
        vaguer = _VAGUE.get(theirs.cause, 0) > _VAGUE.get(mine.cause, 0)
        return vaguer or (other.follows and not root.follows)
    if not other.follows:
        return False
    if theirs.subject in mine.affected or other.blames & impaired:
        return True
    sure = not root.follows and not other.blames
    return sure and bool(connections.called_by(theirs.subject) & impaired)


def _root(number: int, parents: Mapping[int, int]) -> int:
    """The end of the chain of causes; of a circle the best-ranked member."""
    path = [number]
    while (parent := parents.get(path[-1])) is not None:
        if parent in path:
            return min(path[path.index(parent) :])
        path.append(parent)
    return path[-1]


def _with_followers(root: Suspicion, followers: Sequence[Suspicion]) -> Suspicion:
    if not followers:
        return root
    hypothesis = root.hypothesis
    suffering = (ref for f in followers for ref in (f.hypothesis.subject, *f.hypothesis.affected))
    affected = tuple(dict.fromkeys((*hypothesis.affected, *(r for r in suffering if r != hypothesis.subject))))
    symptoms = [finding.id for f in followers for finding in f.findings[:1]][:_SYMPTOMS_CITED]
    findings = tuple({finding.id: finding for s in (root, *followers) for finding in s.findings}.values())
    cites = tuple(dict.fromkeys((*hypothesis.cites, *symptoms)))
    told = hypothesis.model_copy(update={"affected": affected, "cites": cites})
    return replace(root, hypothesis=told, findings=findings)


def _joined(one: Suspicion, two: Suspicion) -> Suspicion:
    sure, less = (one, two) if one.hypothesis.confidence >= two.hypothesis.confidence else (two, one)
    findings = tuple({f.id: f for f in (*sure.findings, *less.findings)}.values())[:_FINDINGS_KEPT]
    mine, theirs = sure.hypothesis, less.hypothesis
    actions = list(mine.actions)
    actions += [action for action in theirs.actions if action not in actions]
    hypothesis = mine.model_copy(
        update={
            "cites": tuple(finding.id for finding in findings),
            "actions": tuple(actions),
            "affected": tuple(dict.fromkeys((*mine.affected, *theirs.affected))),
        }
    )
    times = [s.changed_at for s in (one, two) if s.changed_at]
    return Suspicion(
        hypothesis,
        findings,
        max(one.directness, two.directness),
        one.follows and two.follows,
        one.blames | two.blames,
        max(times, default=None),
    )
