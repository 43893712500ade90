"""How well a decision does what it does: a look, a write or an end, by what should be done."""

from domain.actions import Action
from domain.decisions import Conclude, Probe
from domain.references import Reference, Shown
from graph.policies.chat.history import written_call
from learn.reward.aim import near
from learn.reward.facts import SAME_OBJECT, aimed, likeness, looks_at

UNKNOWN_REPAIR = 0.6
"""Worth of a write at what is to blame, where nobody knows which write is right."""


def looks(probe: Probe, shown: Shown, reference: Reference) -> float:
    """The mean over its calls of their aim; what was looked at already is worth nothing."""
    done, worth = set(shown.done), 0.0
    for call in probe.calls:
        words = written_call(call)
        # A snapshot shows the cluster as it is by then: it may come again.
        worth += aimed(looks_at(call), shown, reference) if words not in done or call.probe == "snapshot" else 0.0
        done.add(words)
    return worth / len(probe.calls)


def writes(write: Action, reference: Reference) -> float:
    """How like a right write it is, or how well it is aimed where none is known."""
    blamed = near(write.target, reference.components)
    if not reference.actions:
        return UNKNOWN_REPAIR * blamed
    return max(likeness(write, reference.actions), SAME_OBJECT * blamed)


def ends(end: Conclude, reference: Reference) -> float:
    """How right the answer is, as far as a right one is known."""
    found = end.diagnosis
    over = 1.0 if reference.resolved in (None, end.resolved) else 0.5
    if found.anomaly != reference.anomaly:
        return 0.0
    if not reference.anomaly:
        return over
    known = (
        (0.35, bool(reference.components), near(next(iter(found.components), None), reference.components)),
        (0.35, bool(reference.causes), float(found.cause in reference.causes)),
        (0.15, reference.system_level is not None, float(found.system_level == reference.system_level)),
        (0.15, reference.fault_type is not None, float(found.fault_type == reference.fault_type)),
    )
    whole = sum(weight for weight, asked, _ in known if asked)
    return over * (sum(weight * right for weight, asked, right in known if asked) / whole if whole else 1.0)
