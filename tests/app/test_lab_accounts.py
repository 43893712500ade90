"""A database that lost a grant or a user is mended under any name: the grant or the user, then a restart."""

import random

import pytest

from app.lab_drill import answer
from domain.journal import Executed, Trajectory
from domain.proposal import Proposal
from lab.drill import Drill
from lab.suite import load_suite


def proposed(trajectory: Trajectory) -> list[Proposal]:
    done = {entry.step.execution.proposal_id for entry in trajectory.entries if isinstance(entry.step, Executed)}
    return [proposal for proposal in trajectory.proposals if proposal.id in done]


@pytest.mark.parametrize(
    ("task", "action"),
    [
        ("revoke_auth_mongodb-mitigation-1", "grant_database_role"),
        ("user_unregistered_mongodb-mitigation-2", "create_database_user"),
    ],
)
def test_the_playbook_mends_it_under_other_names(task: str, action: str) -> None:
    (drillable,) = load_suite("aiopslab-86").matching(task).tasks
    with Drill.prepare(drillable, seed=1, renamed=random.Random(task)) as drill:
        ran = answer(drill, "playbook")
        grade = drill.grade(ran.trajectory.diagnosis)
    assert grade.success, grade.reasons
    assert [proposal.plan.action.action for proposal in proposed(ran.trajectory)] == [action, "restart"]
    assert "Job" in {proposal.plan.change.target.kind for proposal in proposed(ran.trajectory)}
