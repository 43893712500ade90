"""Grade the graders: each task must pass after the reference fix with the right answer, and fail otherwise.

End worlds come from playing the reference fix, the near misses and nothing at all. Graders are pure, so wrong
answers and collateral damage are tried on the view of a mended world.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause, Diagnosis, FaultType, SystemLevel
from lab.apart import apart
from lab.backstage import stage_for
from lab.checks import Watched
from lab.drill import Drill
from lab.grade import Case, Grade, Grader, grade
from lab.operations import Operation
from lab.rename import rename
from lab.scenario import TaskType
from lab.stage import Stage
from lab.suite import Task
from lab.view import View


class Trial(StrEnum):
    """What a grader is tried with."""

    REFERENCE = "reference"
    """The right answer, after the reference fix where one is asked for. All else must fail."""
    NOTHING = "nothing done"
    NEAR_MISS = "near miss"
    ANSWER = "wrong answer"
    DAMAGE = "collateral damage"


@dataclass(frozen=True)
class Finding:
    """How a grader judged one trial."""

    task: str
    kind: Trial
    trial: str
    """The kind, and which one of it."""
    grade: Grade

    @property
    def wanted(self) -> bool:
        """What the verdict must be."""
        return self.kind is Trial.REFERENCE

    @property
    def right(self) -> bool:
        """Whether the grader judged as it should."""
        return self.grade.success == self.wanted

    def __str__(self) -> str:
        verdict = "passes" if self.grade.success else "fails"
        why = f": {' '.join(self.grade.reasons)}" if self.grade.reasons else ""
        return f"{self.task}, {self.trial}: {verdict}{'' if self.right else ', and must not'}{why}"


def validate(task: Task, seed: int, renamed: bool = False, grader: Grader = grade) -> tuple[Finding, ...]:
    """Try a task's grader in every way that must pass or fail."""
    return validate_together((task,), seed, renamed, grader)


def validate_together(
    tasks: Sequence[Task], seed: int, renamed: bool = False, grader: Grader = grade
) -> tuple[Finding, ...]:
    """As `validate`, for tasks of one scenario: its incident is prepared, and each end world played, once.

    One after the other, scenarios of one application under one seed share its settled stage.
    """
    drillable = tasks[0].drillable
    if renamed:
        drillable = rename(drillable, random.Random(seed))  # noqa: S311 - names, not secrets
    stage = stage_for(drillable, seed)
    return apart(lambda: _judged(stage, tasks, grader))


def _judged(stage: Stage, tasks: Sequence[Task], grader: Grader) -> tuple[Finding, ...]:
    with Drill.on(stage, tasks[0].type) as drill:
        ends = _Ends(drill, {})
        return tuple(
            Finding(task.id, kind, f"{kind}, {which}" if which else str(kind), verdict)
            for task in tasks
            for kind, which, verdict in _tried(replace(drill.case, type=task.type), ends, grader)
        )


@dataclass(frozen=True)
class _Ends:
    """The end worlds of a prepared incident, by what was done to it."""

    drill: Drill
    known: dict[str, Watched]

    def after(self, name: str, operations: tuple[Operation, ...]) -> Watched:
        """The end world after these operations, which `name` names."""

        def play() -> Watched:
            self.drill.perform(operations)
            return self.drill.end

        if name not in self.known:
            self.known[name] = apart(play)
        return self.known[name]


def _tried(case: Case, ends: _Ends, judge: Grader) -> Iterator[tuple[Trial, str, Grade]]:
    scenario, right = case.scenario, right_answer(case)
    untouched = ends.after("nothing", ())
    mended = untouched
    if case.type is TaskType.MITIGATION and scenario.truth.anomaly:
        mended = ends.after("fix", scenario.fix)
        yield Trial.NOTHING, "", judge(case, right, untouched)
        for miss in scenario.near_misses:
            missed = ends.after(f"near miss, {miss.name}", miss.operations)
            yield Trial.NEAR_MISS, miss.name, judge(case, right, missed)
    yield Trial.REFERENCE, "", judge(case, right, mended)
    yield Trial.ANSWER, "none", judge(case, None, mended)
    for name, answer in wrong_answers(case, right).items():
        yield Trial.ANSWER, name, judge(case, answer, mended)
    for name, damage in collateral(case).items():
        damaged = replace(mended, settled=damage(mended.settled))
        yield Trial.DAMAGE, name, judge(case, right, damaged)


def right_answer(case: Case) -> Diagnosis:
    """What the truth says."""
    truth = case.scenario.truth
    return Diagnosis(
        anomaly=truth.anomaly,
        components=case.refs(truth.components[:1]),
        cause=truth.causes[0] if truth.causes else None,
        system_level=truth.system_level,
        fault_type=truth.fault_type,
        root_cause="As the scenario tells.",
    )


def wrong_answers(case: Case, right: Diagnosis) -> Mapping[str, Diagnosis]:
    """Answers that miss in one respect which the task asks for."""
    found = {"the opposite answer": right.model_copy(update={"anomaly": not right.anomaly})}
    truth = case.scenario.truth
    if not truth.anomaly:
        return found
    if case.type in (TaskType.LOCALIZATION, TaskType.MITIGATION):
        found["another component"] = right.model_copy(update={"components": (_bystander(case),)})
        found["no component"] = right.model_copy(update={"components": ()})
    if case.type is TaskType.MITIGATION:
        other = next(cause for cause in Cause if cause not in truth.causes)
        found["another cause"] = right.model_copy(update={"cause": other})
    if case.type is TaskType.ANALYSIS:
        level = next(level for level in SystemLevel if level is not truth.system_level)
        kind = next(kind for kind in FaultType if kind is not truth.fault_type)
        found["another level"] = right.model_copy(update={"system_level": level})
        found["another kind of fault"] = right.model_copy(update={"fault_type": kind})
    return found


def collateral(case: Case) -> Mapping[str, Callable[[View], View]]:
    """Harm to something that has nothing to do with the fault."""
    workload, service = _bystander(case), _first(case, "Service")
    found = {
        "a workload deleted": lambda view: _without(view, workload),
        "a workload scaled to zero": lambda view: _with(view, workload, replicas=0),
    }
    if service is not None:
        found["a service altered"] = lambda view: _with(view, service, selector={"app": "nothing"})
    return found


def _without(view: View, ref: Ref) -> View:
    return replace(view, objects={other: obj for other, obj in view.objects.items() if other != ref})


def _with(view: View, ref: Ref, **spec: Any) -> View:
    old = view.objects[ref]
    changed: Json = {**old, "spec": {**old["spec"], **spec}}
    return replace(view, objects={**view.objects, ref: changed})


def _bystander(case: Case) -> Ref:
    """A workload of the namespace that the truth does not blame."""
    found = _first(case, "Deployment")
    assert found is not None, "a scenario with one workload alone leaves nothing to harm by mistake"
    return found


def _first(case: Case, kind: str) -> Ref | None:
    touched = {ref.name for ref in case.refs((*case.scenario.truth.components, *case.scenario.harm.allow))}
    refs = (ref for ref, _ in case.asked.of_kind(kind) if ref.namespace == case.namespace)
    return next((ref for ref in sorted(refs, key=str) if ref.name not in touched), None)
