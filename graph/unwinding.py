"""Taking back: which changes of an incident are in place, and in which order they go. The newest goes first."""

from dataclasses import dataclass

from domain.actions import Undo
from domain.approval import Verdict
from domain.execution import Effect
from domain.journal import Asked, Trajectory
from domain.proposal import Proposal


@dataclass(frozen=True)
class Unwinding:
    """A person asked to take back a change; what came after it goes first."""

    by: str
    goal: str
    """Id of the proposal whose change is to be taken back in the end."""
    left: tuple[Proposal, ...]
    """What is still in place of it, newest first; empty once all is taken back."""


def in_place(trajectory: Trajectory) -> tuple[Proposal, ...]:
    """The changes that were made, are not taken back and can be, oldest first."""
    done = {key for key, execution in trajectory.executions.items() if execution.effect is Effect.DONE}
    undos = ((p.id, p.plan.action) for p in trajectory.proposals)
    undone = {action.proposal_id for key, action in undos if isinstance(action, Undo) and key in done}
    made = (p for p in trajectory.proposals if p.id in done - undone and not isinstance(p.plan.action, Undo))
    return tuple(proposal for proposal in made if proposal.plan.undo is not None)


def undo_of(proposal: Proposal) -> Undo:
    """The action that takes a change back, as it was captured before the act."""
    assert proposal.plan.undo is not None
    return Undo(target=proposal.plan.action.target, proposal_id=proposal.id, change=proposal.plan.undo)


def unwinding(trajectory: Trajectory) -> Unwinding | None:
    """What a person wants taken back; `None` when the last thing that a person asked for was no undo."""
    asked = next((e.step for e in reversed(trajectory.entries) if isinstance(e.step, Asked)), None)
    if asked is None or not isinstance(asked.action, Undo):
        return None
    goal = asked.action.proposal_id
    made = in_place(trajectory)
    ids = [proposal.id for proposal in made]
    left = made[ids.index(goal) :] if goal in ids else ()
    return Unwinding(by=asked.by, goal=goal, left=tuple(reversed(left)))


def carried_out(trajectory: Trajectory) -> Proposal | None:
    """The last proposal, when it is an undo that was approved and tried; `None` otherwise."""
    last = trajectory.proposals[-1] if trajectory.proposals else None
    if last is None or not isinstance(last.plan.action, Undo) or last.id not in trajectory.executions:
        return None
    ruling = trajectory.rulings.get(last.id)
    return last if ruling is not None and ruling.verdict is Verdict.APPROVED else None
