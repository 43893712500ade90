"""The four kinds of task count different parts of an answer, and a harmed world fails all of them."""

from typing import Any

import pytest

from domain.diagnosis import Cause, Diagnosis, FaultType, SystemLevel
from lab.applications import loads
from lab.grade import Case, grade
from lab.scenario import TaskType
from lab.view import View
from tests.lab.test_mistakes import GOOD
from tests.lab.worlds import NAMESPACE, deployment, pod, ref, unmoved, view

ASKED = view(deployment("cart", available=0), deployment("pay"), pod("cart-1", "cart"))
MENDED = view(deployment("cart", image="a:2"), deployment("pay"))
RIGHT = Diagnosis(
    anomaly=True,
    components=(ref("Deployment", "cart"),),
    cause=Cause.IMAGE_PULL,
    system_level=SystemLevel.VIRTUALIZATION,
    fault_type=FaultType.MISCONFIGURATION,
    root_cause="The tag does not exist.",
)


def case(kind: TaskType) -> Case:
    return Case(loads(GOOD)[0].scenario, kind, NAMESPACE, ASKED)


def told(**changes: Any) -> Diagnosis:
    return RIGHT.model_copy(update=changes)


@pytest.mark.parametrize(
    ("kind", "answer", "end", "success"),
    [
        (TaskType.MITIGATION, RIGHT, MENDED, True),
        (TaskType.MITIGATION, RIGHT, ASKED, False),
        (TaskType.MITIGATION, None, MENDED, False),
        (TaskType.MITIGATION, told(cause=Cause.QUOTA_EXCEEDED), MENDED, False),
        (TaskType.MITIGATION, told(components=(ref("Deployment", "pay"),)), MENDED, False),
        (TaskType.MITIGATION, told(components=(ref("Pod", "cart-1"),)), MENDED, True),
        (TaskType.MITIGATION, told(components=(RIGHT.components[0], ref("Service", "cart"))), MENDED, True),
        (TaskType.MITIGATION, told(system_level=None, fault_type=None), MENDED, True),
        (TaskType.DETECTION, told(components=(), cause=None), ASKED, True),
        (TaskType.DETECTION, told(anomaly=False), ASKED, False),
        (TaskType.DETECTION, RIGHT, MENDED, False),
        (TaskType.LOCALIZATION, told(cause=None), ASKED, True),
        (TaskType.LOCALIZATION, told(components=()), ASKED, False),
        (TaskType.LOCALIZATION, told(components=(RIGHT.components[0], ref("Service", "cart"))), ASKED, False),
        (TaskType.ANALYSIS, told(components=(), cause=None), ASKED, True),
        (TaskType.ANALYSIS, told(system_level=SystemLevel.HARDWARE), ASKED, False),
        (TaskType.ANALYSIS, told(fault_type=FaultType.CODE_DEFECT), ASKED, False),
    ],
)
def test_a_verdict(kind: TaskType, answer: Diagnosis | None, end: View, success: bool) -> None:
    verdict = grade(case(kind), answer, unmoved(end))
    assert verdict.success is success
    assert (verdict.reasons == ()) is success


def test_the_parts_of_a_verdict_are_told_apart() -> None:
    harmed = view(deployment("cart", image="a:2"), deployment("pay", replicas=0))
    verdict = grade(case(TaskType.MITIGATION), RIGHT, unmoved(harmed))
    parts = (verdict.fault_removed, verdict.recovered, verdict.harmless, verdict.answer_right)
    assert parts == (True, True, False, True)
