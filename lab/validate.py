"""Grade the graders: each task must pass after the reference fix with the right answer, and fail otherwise."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from domain.cluster import Ref
from domain.diagnosis import Cause, Diagnosis, FaultType, SystemLevel
from lab.drill import Drill
from lab.grade import Case, Grade
from lab.operations import Delete, Operation, Patch, Scale
from lab.scenario import TaskType
from lab.suite import Task


@dataclass(frozen=True)
class Trial:
    """What to do in a drill, what to answer, and what the verdict must be."""

    name: str
    operations: tuple[Operation, ...]
    answer: Diagnosis | None
    wanted: bool


@dataclass(frozen=True)
class Finding:
    """How a grader judged one trial."""

    task: str
    trial: Trial
    grade: Grade

    @property
    def right(self) -> bool:
        """Whether the grader judged as it should."""
        return self.grade.success == self.trial.wanted

    def __str__(self) -> str:
        verdict = "passes" if self.grade.success else "fails"
        why = f": {' '.join(self.grade.reasons)}" if self.grade.reasons else ""
        return f"{self.task}, {self.trial.name}: {verdict}{'' if self.right else ', and must not'}{why}"


def validate(task: Task, seed: int, renamed: bool = False) -> Iterator[Finding]:
    """Try a task's grader in every way that must pass or fail, each distinct end world on a fresh cluster."""
    with _prepare(task, seed, renamed) as untouched:
        for operations, group in groupby(trials(untouched.case), key=lambda trial: trial.operations):
            if not operations:
                yield from _judged(task, untouched, group)
                continue
            with _prepare(task, seed, renamed) as drill:
                drill.perform(operations)
                yield from _judged(task, drill, group)


def _judged(task: Task, drill: Drill, group: Iterable[Trial]) -> Iterator[Finding]:
    return (Finding(task.id, trial, drill.grade(trial.answer)) for trial in group)


def trials(case: Case) -> Iterator[Trial]:
    """Every way to do and to miss a task; those that end in the same world stand together."""
    scenario, right = case.scenario, right_answer(case)
    if case.type is TaskType.MITIGATION and scenario.truth.anomaly:
        yield Trial("nothing done", (), right, False)
        for miss in scenario.near_misses:
            yield Trial(f"near miss, {miss.name}", miss.operations, right, False)
        fix = scenario.fix
    else:
        fix = ()
    yield Trial("reference", fix, right, True)
    yield Trial("no answer", fix, None, False)
    for name, answer in wrong_answers(case, right).items():
        yield Trial(name, fix, answer, False)
    for name, damage in collateral(case).items():
        yield Trial(f"collateral damage, {name}", (*fix, damage), right, False)


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


def collateral(case: Case) -> Mapping[str, Operation]:
    """Harm to something that has nothing to do with the fault."""
    bystander = _bystander(case)
    workload = f"{bystander.kind}/{bystander.name}"
    found: dict[str, Operation] = {
        "a workload deleted": Delete(target=workload),
        "a workload scaled to zero": Scale(target=workload, replicas=0),
    }
    service = _first(case, "Service")
    if service is not None:
        body = {"spec": {"selector": {"app": "nothing"}}}
        found["a service altered"] = Patch(target=f"Service/{service.name}", body=body)
    return found


def _bystander(case: Case) -> Ref:
    """A workload of the namespace that the truth does not blame."""
    found = _first(case, "Deployment")
    assert found is not None, "a scenario with one workload alone leaves nothing to harm by mistake"
    return found


def _first(case: Case, kind: str) -> Ref | None:
    touched = {ref.name for ref in case.refs((*case.scenario.truth.components, *case.scenario.harm.allow))}
    refs = (ref for ref, _ in case.asked.of_kind(kind) if ref.namespace == case.namespace)
    return next((ref for ref in sorted(refs, key=str) if ref.name not in touched), None)


def _prepare(task: Task, seed: int, renamed: bool) -> Drill:
    return Drill.prepare(task, seed, random.Random(seed) if renamed else None)  # noqa: S311
