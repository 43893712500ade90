"""What the engineer asks: the scenario's own words, or the general question of the task's type."""

from typing import Final

from lab.scenario import Scenario, TaskType

GENERAL: Final = {
    TaskType.DETECTION: "Is anything wrong in namespace {namespace}?",
    TaskType.LOCALIZATION: "Users of namespace {namespace} complain. Which component is at fault?",
    TaskType.ANALYSIS: "Users of namespace {namespace} complain. What kind of fault is it, and on which level?",
    TaskType.MITIGATION: "Users of namespace {namespace} complain. Please find out why, and repair it.",
}
"""None of them says whether there is a fault, nor where; a healthy application is only asked the first."""


def question_of(scenario: Scenario, kind: TaskType, namespace: str) -> str:
    """The question of a task."""
    return scenario.question or GENERAL[kind].format(namespace=namespace)
