"""What became of a repair in this run. Pure."""

from domain.actions import Action
from domain.execution import Improvement
from domain.journal import Trajectory
from graph.policies.case import Case

GOOD = frozenset({Improvement.RESOLVED.value, Improvement.IMPROVED.value})
"""Fates of a repair that did what it was for."""


def fate_of(trajectory: Trajectory, case: Case, action: Action) -> str:
    """In a word: how it was ruled, how it ended, or what the watch said; empty when it was not tried."""
    if not case.has_tried(action):
        return ""
    key = next((p.id for p in reversed(trajectory.proposals) if _same(p.plan.action, action)), None)
    if key is None:
        return "refused"
    if (seen := trajectory.verifications.get(key)) is not None:
        return seen.improvement.value
    if (row := trajectory.executions.get(key)) is not None:
        return row.effect.value
    ruling = trajectory.rulings.get(key)
    return ruling.verdict.value if ruling else "proposed"


def _same(one: Action, other: Action) -> bool:
    """By kind and target where revisions get new numbers, else altogether."""
    rolling = one.action == other.action == "roll_back"
    return one.target == other.target if rolling else one == other
