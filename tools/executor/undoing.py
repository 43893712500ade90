"""What the executor asks of an undo that no person approved."""

from domain.actions import Undo
from domain.ports import Journal
from domain.proposal import Proposal, Refusal


async def undue(proposal: Proposal, journal: Journal) -> Refusal | None:
    """Why a rule may not take this back by itself: nobody has seen that it did not help.

    What people approved is theirs to judge. Raises `StoreUnavailable`.
    """
    action, terms = proposal.plan.action, proposal.terms
    if terms is None or not terms.by_rule or not isinstance(action, Undo):
        return None
    run = await journal.trajectory(proposal.incident_id)
    seen = run.verifications.get(action.proposal_id) if run else None
    if seen is not None and seen.improvement.in_vain:
        return None
    reason = f"The rule “{terms.rule}” takes back what did not help, and that is not on record; ask people."
    return Refusal(rule="undo-not-due", reason=reason)
