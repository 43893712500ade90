"""What the bell rings for, from one process to the next where the database can carry it."""

LEDGER = "ledger"
"""A grant waits for an executor."""
PLANS = "plans"
"""A question waits for an executor."""


def outcome_of(proposal_id: str) -> str:
    """The execution of a proposal has ended."""
    return f"outcome:{proposal_id}"


def plan_of(request_id: str) -> str:
    """A question has its answer."""
    return f"plan:{request_id}"
