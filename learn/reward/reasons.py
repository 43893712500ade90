"""How well a decision's reasons hold: what it believes, what it cites, and whether it acts on it."""

from typing import assert_never

from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Hypothesis
from domain.references import Reference
from learn.reward.aim import near
from learn.reward.facts import OTHER_ARGUMENTS, harmonic, likeness, looks_at

ENOUGH = 2
"""Findings that bear on the fault which a decision need not go beyond."""


def belief(decision: Decision, reference: Reference, visible: bool) -> float:
    """How right what it holds is, best first; where nothing is to be seen of the fault, how little it holds."""
    held = decision.hypotheses
    doubt = 1 - max((hypothesis.confidence for hypothesis in held), default=0.0)
    if not reference.anomaly:
        return doubt
    right = max((_right(hypothesis, reference) / rank for rank, hypothesis in enumerate(held, 1)), default=0.0)
    return right if visible else max(right, doubt)


def _right(hypothesis: Hypothesis, reference: Reference) -> float:
    """Half for the cause, half for the object; all for the one where the other is not known."""
    known = []
    if reference.causes:
        known.append(float(hypothesis.cause in reference.causes))
    if reference.components:
        known.append(near(hypothesis.subject, reference.components))
    return sum(known) / len(known) if known else 0.0


def evidence(decision: Decision, reference: Reference) -> float:
    """How well what it cites bears on the fault."""
    cites = set(decision.cites)
    if not reference.findings:
        return min(1.0, ENOUGH / max(1, len(cites)))
    hits = len(cites & set(reference.findings))
    return harmonic(hits / max(1, len(cites)), min(1.0, hits / min(ENOUGH, len(reference.findings))))


def agreement(decision: Decision, reference: Reference) -> float:
    """Whether it acts on what it holds first."""
    first = next(iter(decision.hypotheses), None)
    match decision:
        case Probe(calls=calls):
            places = [looks_at(call) for call in calls]
            return float(first is None or any(ref is None or near(ref, (first.subject,)) for ref in places))
        case Propose(action=write):
            meant = first is not None and near(write.target, (first.subject,)) == 1
            return float(meant or likeness(write, reference.actions) >= OTHER_ARGUMENTS)
        case Conclude(diagnosis=found):
            if first is None or not found.anomaly:
                return float(not found.anomaly)
            blamed = near(next(iter(found.components), None), (first.subject,))
            return blamed if found.cause in (None, first.cause) else 0.0
        case _:
            assert_never(decision)
