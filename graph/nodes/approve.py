"""approve: waits for a person, and does nothing else. The code before an interrupt runs again on resume."""

from langgraph.types import interrupt

from domain.approval import Verdict
from graph.state import Route, RunState


async def approve(state: RunState) -> RunState:
    """Interrupt until the driver resumes with `{"verdict": ...}` read from the approval row."""
    verdict = Verdict(interrupt({"proposal": state["proposal"]})["verdict"])
    following: Route
    match verdict:
        case Verdict.APPROVED:
            following = "act"
        case Verdict.SUPERSEDED:
            following = "propose"
        case Verdict.REJECTED | Verdict.EXPIRED:
            following = "reason"
        case Verdict.PENDING:
            raise ValueError("A pending approval cannot resume a run.")
    return RunState(turn=state["turn"] + 1, verdict=verdict.value, next=following)
