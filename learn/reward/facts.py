"""What the parts of the reward look up in a reply and in its reference."""

import re
from collections.abc import Iterable

from domain.actions import Action
from domain.cluster import Ref
from domain.probes import ProbeCall
from domain.references import Reference, Shown
from learn.reward.aim import near

WIDE = 0.75
"""Worth of a look at a whole namespace where the object at fault is in sight."""
ELSEWHERE = 0.25
"""Worth of a look at another object."""
OTHER_ARGUMENTS = 0.8
"""Worth of a right write with other arguments, such as another number of replicas."""
SAME_OBJECT = 0.3
"""Worth of another write at the right object."""


def in_sight(shown: Shown, reference: Reference) -> bool:
    """Whether any finding that was shown is about an object that is to blame."""
    return any(near(subject, reference.components) == 1 for subject in shown.findings.values())


def looks_at(call: ProbeCall) -> Ref | None:
    """The one object that a probe looks at; `None` for a look at a whole namespace."""
    for name in ("target", "workload", "subject"):
        if isinstance(ref := getattr(call, name, None), Ref):
            return ref
    space = getattr(call, "namespace", None)
    for name, kind in (("pod", "Pod"), ("service", "Service"), ("node", "Node")):
        if value := getattr(call, name, None):
            return Ref(kind=kind, name=value, namespace=None if kind == "Node" else space)
    return None


def aimed(ref: Ref | None, shown: Shown, reference: Reference) -> float:
    """How well a look is aimed: 1 at what is to blame; wide looks are as good while that is not in sight."""
    visible = in_sight(shown, reference)
    if ref is None:
        return WIDE if visible else 1.0
    return max(near(ref, reference.components), ELSEWHERE if visible else WIDE)


def likeness(action: Action, right: Iterable[Action]) -> float:
    """1 for one of the right writes, less for one with other arguments, least for another write at its object."""
    return max((_likeness(action, one) for one in right), default=0.0)


def _likeness(action: Action, one: Action) -> float:
    if near(action.target, (one.target,)) < 1:
        return 0.0
    if action.action != one.action:
        return SAME_OBJECT
    return 1.0 if action == one or action.action == "undo" else OTHER_ARGUMENTS


def named_in(text: str, refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """Those of the objects whose names are in the text, as whole words."""
    found = dict.fromkeys(refs)
    return tuple(ref for ref in found if re.search(rf"(?<![\w.-]){re.escape(ref.name)}(?![\w-])", text))


def harmonic(precision: float, recall: float) -> float:
    """Their harmonic mean (F1), 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
