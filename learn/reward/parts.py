"""The six parts of a step's reward.

Each is a pure function to 0..1 of what was shown, of the reply, and of what the step should have decided. A reply
that AOI could not carry out gets what its form is worth and nothing else: it would have done nothing.
"""

from typing import assert_never

from domain.decisions import Conclude, Decision, Probe, Propose
from domain.references import Reference, Shown
from learn.reward.aim import near
from learn.reward.deeds import ends, looks, writes
from learn.reward.facts import aimed, harmonic, in_sight, named_in
from learn.reward.reasons import agreement, belief, evidence
from learn.reward.shown import Said

FIELDS = {
    "summary": str,
    "hypotheses": list,
    "action": str,
    "namespace": str,
    "target": str,
    "instruction": dict,
    "cites": list,
    "confidence": int | float,
}
RIGHT = 0.75
"""The worth of an action from which a decision counts as right when its confidence is scored."""
UNREADABLE = 0.5
"""The most that the form of a reply is worth that cannot be carried out."""
BRIEF, LONG = 60, 180
"""Words of a summary: up to the first it is brief, from the second on it is worth nothing."""
FEW = 4
"""Words that a summary needs."""
NEEDLESS = 0.2
"""Worth of a well aimed look where it is time to act: it costs a step and harms nothing."""


def form(reply: Said) -> float:
    """`format`: 1 for a reply that can be carried out, else half the share of its fields that have the right type.

    A reply that is not one JSON object is worth 0.
    """
    if reply.decision is not None:
        return 1.0
    fields = reply.fields or {}
    right = sum(isinstance(fields.get(name), kind) for name, kind in FIELDS.items())
    return UNREADABLE * right / len(FIELDS)


def summary(reply: Said, shown: Shown, reference: Reference) -> float:
    """`summary`: names what is to blame and little else, in few words. F1 of the objects named, times brevity.

    Objects are those of the findings and of the reference. Where nothing is wrong, or nothing of it is in sight,
    naming nothing is right, and each object named divides. Brevity is 1 up to `BRIEF` words and falls to 0 at
    `LONG`; below `FEW` words it is their share.
    """
    if reply.decision is None:
        return 0.0
    text = reply.decision.summary
    words = len(text.split())
    brevity = min(1.0, words / FEW, max(0.0, (LONG - words) / (LONG - BRIEF)))
    named = named_in(text, (*shown.findings.values(), *reference.components))
    if not in_sight(shown, reference):
        return brevity / (1 + len(named))
    bearing = [shown.findings[cite] for cite in reference.findings if cite in shown.findings]
    hits = [ref for ref in named if near(ref, (*reference.components, *bearing))]
    return brevity * harmonic(len(hits) / max(1, len(named)), float(bool(hits)))


def action(reply: Said, shown: Shown, reference: Reference) -> float:
    """`action`: does what should be done at this step, as well as that is known.

    - another kind of decision than is right: 0, or `NEEDLESS` times its aim for a look;
    - a look: the mean over its calls of their aim, 0 for a call that was made before or twice;
    - a write: its likeness to a right one; where none is known, `UNKNOWN_REPAIR` at what is to blame;
    - an end: 0 where it takes a fault for none or none for a fault; else 0.35 for the first component, 0.35 for
      the cause, 0.15 each for level and type, as shares of what is known; half of it if it errs about being over.
    """
    match reply.decision:
        case None:
            return 0.0
        case Probe() as probe:
            return looks(probe, shown, reference) * (1.0 if "probe" in reference.kinds else NEEDLESS)
        case Propose(action=write):
            return writes(write, reference) if "propose" in reference.kinds else 0.0
        case Conclude() as end:
            return ends(end, reference) if "conclude" in reference.kinds else 0.0
        case _:
            assert_never(reply.decision)


def context_instruction(reply: Said, shown: Shown, reference: Reference) -> float:
    """`context_instruction`: the reasons hold together and rest on what bears on the fault.

    0.5 belief + 0.25 evidence + 0.25 belief × agreement.
    - belief: the best over the hypotheses of (0.5 for a right cause + 0.5 for a right object) / rank; where
      nothing is wrong, 1 less the surest hypothesis' confidence; the better of both where no fault is in sight;
    - evidence: F1 of the citations; precision is the share that bears on the fault, recall is 1 from `ENOUGH` of
      those that do. Where none is known to, 1 up to `ENOUGH` citations, then `ENOUGH` over their number;
    - agreement: the decision is about what the first hypothesis blames, or is a right write.
    """
    if reply.decision is None:
        return 0.0
    held = belief(reply.decision, reference, in_sight(shown, reference))
    holds = agreement(reply.decision, reference)
    return 0.5 * held + 0.25 * evidence(reply.decision, reference) + 0.25 * held * holds


def context_namespace(reply: Said, shown: Shown, reference: Reference) -> float:
    """`context_namespace`: aims at the right object in the right namespace.

    0 in another namespace, else the aim; half of that for another kind of decision than is right.
    - a look: of its target, as `facts.aimed`; no target is a wide look;
    - a write: 1 for what is to blame or the object of a right write, half for another kind of its name;
    - an end: nearness of its first component, times the mean of 1 and the share of its components that are right;
      where nothing is wrong, 1 for blaming nothing, else 0.
    """
    if reply.decision is None or (reference.namespace and reply.namespace != reference.namespace):
        return 0.0
    return _aim(reply, reply.decision, shown, reference) * (1.0 if reply.decision.kind in reference.kinds else 0.5)


def confidence(reply: Said, worth: float) -> float:
    """`confidence`: 1 − (p − y)², Brier's proper score: the honest p is the best.

    p is the decision's confidence, y is 1 where it was right: where its `action` is worth `RIGHT` or more.
    """
    if reply.decision is None:
        return 0.0
    return float(1 - (reply.decision.confidence - float(worth >= RIGHT)) ** 2)


def _aim(reply: Said, decision: Decision, shown: Shown, reference: Reference) -> float:
    match decision:
        case Probe():
            return aimed(reply.target, shown, reference)
        case Propose(action=write):
            return near(write.target, (*reference.components, *(one.target for one in reference.actions)))
        case Conclude(diagnosis=found):
            if not reference.anomaly:
                return float(not found.components)
            if not found.components:
                return 0.0
            right = sum(near(ref, reference.components) == 1 for ref in found.components)
            return near(found.components[0], reference.components) * (0.5 + 0.5 * right / len(found.components))
        case _:
            assert_never(decision)
