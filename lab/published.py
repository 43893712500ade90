"""AIOpsLab's own rules of grading, with their quirks, for comparison with papers.

Source: its graders as of 2026-08 (microsoft/AIOpsLab). What is odd there is odd here: an answer counts by words
alone, a mitigation by a snapshot of the pods, and some mitigations pass when nothing was done. The strict grader
(`lab/grade.py`) is the one to trust.
"""

from collections.abc import Iterable
from typing import assert_never

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Diagnosis
from lab.checks import Watched, failures
from lab.grade import Case, Grade
from lab.scenario import Published, TaskType
from lab.view import View


def grade(case: Case, diagnosis: Diagnosis | None, world: Watched) -> Grade:
    """Judge as AIOpsLab does. Harm to other things counts nowhere."""
    rules = case.scenario.aiopslab or Published()
    wrong = tuple(_wrong(case, rules, diagnosis, world))
    mitigates = case.type is TaskType.MITIGATION
    return Grade(
        success=not wrong,
        fault_removed=mitigates and not wrong,
        recovered=mitigates and not wrong,
        harmless=True,
        answer_right=mitigates or not wrong,
        reasons=wrong,
    )


def _wrong(case: Case, rules: Published, diagnosis: Diagnosis | None, world: Watched) -> Iterable[str]:
    match case.type:
        case TaskType.MITIGATION:
            return _unwell(case, rules, world)
        case TaskType.DETECTION:
            right = diagnosis is not None and diagnosis.anomaly == case.scenario.truth.anomaly
            return () if right else ("The submitted answer is not the expected Yes or No.",)
        case TaskType.LOCALIZATION:
            return _elsewhere(rules, _submitted(case, diagnosis, world))
        case TaskType.ANALYSIS:
            truth = case.scenario.truth
            level, kind = rules.system_level or truth.system_level, rules.fault_type or truth.fault_type
            right = diagnosis is not None and (diagnosis.system_level, diagnosis.fault_type) == (level, kind)
            return () if right else (f"The submitted answer is not {level} / {kind}.",)
        case _:
            assert_never(case.type)


def _submitted(case: Case, diagnosis: Diagnosis | None, world: Watched) -> list[str]:
    """The services that an answer names: a pod stands for the workload that made it."""
    named_refs = () if diagnosis is None else diagnosis.components
    return list(dict.fromkeys(_workload(case.asked, world.left, ref).name for ref in named_refs))


def _workload(asked: View, left: View, ref: Ref) -> Ref:
    return left.owner(ref) if asked.get(ref) is None else asked.owner(ref)


def _elsewhere(rules: Published, submitted: list[str]) -> Iterable[str]:
    """Right is the expected list itself, or a single one of it; a longer list that holds it is not."""
    expected = list(rules.services)
    single = len(submitted) == 1 and submitted[0] in (*expected, *rules.accepted)
    right = bool(submitted) and (submitted == expected or single)
    return () if right else (f"The submitted answer {submitted} is not {expected}.",)


def _unwell(case: Case, rules: Published, world: Watched) -> Iterable[str]:
    """Every pod of the namespace at the moment of submission, and what its grader checks besides."""
    views = world.minute if rules.polls else (world.left,)
    if not any(_pods_pass(view, case.namespace, rules) for view in views):
        return ("Not every pod of the namespace is running and ready.",)
    return failures(rules.healthy, case.namespace, world)


def _pods_pass(view: View, namespace: str, rules: Published) -> bool:
    pods = [pod for ref, pod in view.of_kind("Pod") if ref.namespace == namespace]
    if rules.polls and not pods:
        return False
    return all(_passes(pod, rules) for pod in pods)


def _passes(pod: Json, rules: Published) -> bool:
    """One pod: a waiting pod without status makes most of its graders break off, and some pass it over."""
    statuses = pod.get("status", {}).get("containerStatuses")
    if not statuses:
        return rules.skips_pending
    return all(_is_ready(status) for status in statuses)


def _is_ready(status: Json) -> bool:
    """Crash back-off, a termination (a completed one too, for it is not ready) and unready containers fail."""
    return bool(status.get("ready"))
