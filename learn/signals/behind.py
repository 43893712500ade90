"""Which decision of the Observer an entry of the journal came of."""

from domain.decisions import Propose
from domain.journal import Decided, Entry, Executed, Proposed, Ruled, Trajectory, Verified


def decisions_of(run: Trajectory) -> tuple[tuple[int, Decided], ...]:
    """Every decision, with the number of its journal entry."""
    return tuple((entry.seq, entry.step) for entry in run.entries if isinstance(entry.step, Decided))


def decision_behind(run: Trajectory, seq: int) -> int | None:
    """The entry of the decision that an entry came of; `None` before the first, and for what people asked for."""
    before = tuple(entry for entry in run.entries if entry.seq <= seq)
    proposal = _proposal_in(before[-1]) if before else None
    if proposal is None:
        return next((entry.seq for entry in reversed(before) if isinstance(entry.step, Decided)), None)
    entry = proposed(run, proposal)
    return _proposer(run, entry) if entry is not None else None


def proposed(run: Trajectory, proposal: str) -> Entry | None:
    """The entry that put a proposal before the people."""
    found = (e for e in run.entries if isinstance(e.step, Proposed) and e.step.proposal.id == proposal)
    return next(found, None)


def _proposer(run: Trajectory, entry: Entry) -> int | None:
    """The last decision before a proposal, if it asked for that very write."""
    assert isinstance(entry.step, Proposed)
    before = [(seq, step.decision) for seq, step in decisions_of(run) if seq < entry.seq]
    if not before:
        return None
    seq, decision = before[-1]
    same = isinstance(decision, Propose) and decision.action == entry.step.proposal.plan.action
    return seq if same else None


def _proposal_in(entry: Entry) -> str | None:
    match entry.step:
        case Proposed(proposal=proposal):
            return proposal.id
        case Ruled(approval=approval):
            return approval.proposal_id
        case Executed(execution=execution):
            return execution.proposal_id
        case Verified(proposal_id=proposal_id):
            return proposal_id
        case _:
            return None
