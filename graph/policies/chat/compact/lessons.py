"""What lessons leave on the list of a step: a mark alone is lost on a small model. Pure.

Any lesson that fires marks what it speaks for. A proven one (`Lesson.proven`) also takes away what it contradicts,
by the rule in `docs/learning.md`, until people say something else or its own repair was tried and did not help.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.actions import Action
from domain.diagnosis import Hypothesis
from domain.journal import Asked, Noted, Trajectory
from domain.lessons import Guidance, Lesson
from domain.ports import Sight
from domain.probes import ProbeCall
from graph.policies.case import Case
from graph.policies.chat.compact.fate import GOOD, fate_of

_AOI = "aoi"


@dataclass(frozen=True)
class Lessons:
    """Those of a step."""

    firing: tuple[Guidance, ...]
    binding: tuple[Guidance, ...]
    """The proven ones among those that conclude, as long as nothing in the run contradicts them."""
    mended: bool
    """Whether a repair helped at what a proven lesson said is wrong; without its symptom it fires no more."""

    @property
    def something_is_wrong(self) -> bool:
        """Whether it is out of the question that all is well."""
        return self.mended or any(one.hypothesis is not None for one in self.binding)

    def on(self, hypothesis: Hypothesis) -> Guidance | None:
        """The lesson whose conclusion this is, or who would look at it first."""
        return next((one for one in self.firing if _about(one, hypothesis)), None)

    def drops(self, hypothesis: Hypothesis) -> bool:
        """Whether it is an alarm that a proven lesson knows to be none."""
        return any(one.hypothesis is None and hypothesis.key in one.explains for one in self.binding)

    def refutes(self, hypothesis: Hypothesis, action: Action) -> bool:
        """Whether a proven lesson on this suspicion says "not that"."""
        return any(_about(one, hypothesis) and action.action in one.lesson.not_actions for one in self.binding)

    def looks(self, hypothesis: Hypothesis) -> Iterator[ProbeCall]:
        """What lessons would look at first about a suspicion."""
        return (call for one in self.firing if _about(one, hypothesis) for call in one.calls)


def lessons_at(sight: Sight, case: Case) -> Lessons:
    """The lessons of a step."""
    objected = _objected(sight.trajectory)
    said = [one for one in sight.guidance if one.lesson.proven and not one.calls]
    return Lessons(
        firing=sight.guidance,
        binding=tuple(one for one in said if not objected and not _failed(one, sight, case)),
        mended=not objected and any(_mended(lesson, case) for lesson in sight.trajectory.guides),
    )


def own_repair(one: Guidance | None) -> Action | None:
    """The repair that a lesson asks for, on the objects here; it stands first on its conclusion."""
    if one is None or one.hypothesis is None or one.lesson.do is None:
        return None
    first = next(iter(one.hypothesis.actions), None)
    return first if first is not None and first.action == one.lesson.do.action else None


def _about(one: Guidance, hypothesis: Hypothesis) -> bool:
    if one.calls:
        return hypothesis.key in one.explains
    return one.hypothesis is not None and one.hypothesis.key == hypothesis.key


def _objected(trajectory: Trajectory) -> bool:
    """Whether people said something in the run, or asked for a write of their own."""
    steps = (entry.step for entry in trajectory.entries)
    return any(isinstance(step, Noted | Asked) and step.by != _AOI for step in steps)


def _failed(one: Guidance, sight: Sight, case: Case) -> bool:
    """Whether its own repair was tried, and rejected, refused or in vain."""
    own = own_repair(one)
    fate = fate_of(sight.trajectory, case, own) if own is not None else ""
    return bool(fate) and fate not in GOOD


def _mended(lesson: Lesson, case: Case) -> bool:
    """Whether a repair of what it said is wrong helped."""
    helped = (attempt.hypotheses[:1] for attempt in case.attempts if attempt.action in case.helpful)
    return lesson.proven and any(held.cause == lesson.conclude.cause for first in helped for held in first)
