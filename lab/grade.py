"""Judge an answer and the world it left; pure, and blind to who answered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.cluster import Ref
from domain.diagnosis import Diagnosis
from lab.checks import Watched, failures
from lab.harm import harms
from lab.scenario import Scenario, TaskType, Truth
from lab.targets import ref_of
from lab.view import View


@dataclass(frozen=True)
class Grade:
    """The verdict on one run of one task."""

    success: bool
    fault_removed: bool
    recovered: bool
    harmless: bool
    answer_right: bool
    reasons: tuple[str, ...]
    """Why not, one sentence each; empty on success."""


@dataclass(frozen=True)
class Case:
    """A task as the grader sees it."""

    scenario: Scenario
    type: TaskType
    namespace: str
    asked: View
    """The world when the question was asked."""

    def refs(self, targets: Iterable[str]) -> tuple[Ref, ...]:
        """The objects that targets name."""
        return tuple(ref_of(target, self.namespace) for target in targets)


Grader = Callable[[Case, Diagnosis | None, Watched], Grade]
"""A way of judging: `grade` here, which is strict, or the published rules in `lab/published.py`."""


def grade(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    """Judge by the task's type: the world counts for a mitigation, harm and the answer count for all."""
    scenario = case.scenario
    broken = failures(scenario.recovery, case.namespace, world)
    # A scenario without checks of the fault itself holds that it goes with its effect.
    remaining = failures(scenario.removed, case.namespace, world) if scenario.removed else broken
    repairs = case.type is TaskType.MITIGATION and scenario.truth.anomaly
    mendable = case.refs((*scenario.truth.components, *scenario.harm.allow)) if repairs else ()
    harmed = harms(case.asked, world.settled, mendable)
    wrong = _wrong_answer(case, diagnosis, world)
    failed = tuple(dict.fromkeys((*remaining, *broken))) if repairs else ()
    return Grade(
        success=not (failed or harmed or wrong),
        fault_removed=not remaining,
        recovered=not broken,
        harmless=not harmed,
        answer_right=not wrong,
        reasons=(*failed, *harmed, *wrong),
    )


def _wrong_answer(case: Case, diagnosis: Diagnosis | None, world: Watched) -> tuple[str, ...]:
    truth = case.scenario.truth
    if diagnosis is None:
        return ("There is no answer.",)
    if diagnosis.anomaly != truth.anomaly:
        return (f"The answer says anomaly={diagnosis.anomaly}, and it is {truth.anomaly}.",)
    if not truth.anomaly or case.type is TaskType.DETECTION:
        return ()
    match case.type:
        case TaskType.LOCALIZATION:
            return _wrong_places(case, world, diagnosis.components)
        case TaskType.ANALYSIS:
            return _wrong_kind(truth, diagnosis)
        case TaskType.MITIGATION:
            return (*_wrong_places(case, world, diagnosis.components[:1]), *_wrong_cause(truth, diagnosis))


def _wrong_places(case: Case, world: Watched, named: tuple[Ref, ...]) -> tuple[str, ...]:
    """Pods and ReplicaSets stand for the workload that made them."""
    right = set(case.refs(case.scenario.truth.components))
    if not named:
        return ("The answer names no component.",)
    wrong = [str(ref) for ref in named if not {case.asked.owner(ref), world.left.owner(ref)} & right]
    return (f"The answer blames {', '.join(wrong)}.",) if wrong else ()


def _wrong_cause(truth: Truth, diagnosis: Diagnosis) -> tuple[str, ...]:
    return () if diagnosis.cause in truth.causes else (f"The answer names the cause {diagnosis.cause}.",)


def _wrong_kind(truth: Truth, diagnosis: Diagnosis) -> tuple[str, ...]:
    level, kind = diagnosis.system_level, diagnosis.fault_type
    right = level == truth.system_level and kind == truth.fault_type
    return () if right else (f"The answer says {level} / {kind}.",)
