"""Rules for taking back: only our own write, only as captured, only while it is as we left it."""

from domain.actions import Undo
from domain.base import Json
from domain.execution import Effect
from domain.proposal import Refusal
from tools.cluster.fence import ACTION_ID
from tools.guardrails.case import Case, no
from tools.write.patch import difference


def own_undo(case: Case) -> Refusal | None:
    """An undo is exactly what was captured before one of our own writes, which happened."""
    action, past = case.action, case.past
    if not isinstance(action, Undo):
        return None
    if past is None or past.execution.effect is not Effect.DONE:
        return no("undo", f"There is no executed proposal {action.proposal_id} to take back.")
    if past.proposal.plan.undo != action.change or past.proposal.plan.action.target != action.target:
        return no(
            "undo", "That is not the undo that was captured before the act; ask for it from the result card."
        )
    return None


def undo_unchanged(case: Case) -> Refusal | None:
    """What AOI created is deleted again only while it is as AOI made it; patches test their values themselves."""
    action, live = case.action, case.scene.target
    if not isinstance(action, Undo) or case.past is None or action.change.verb != "delete" or live is None:
        return None
    made = case.past.proposal.plan.change.body
    maker = (live["metadata"].get("annotations") or {}).get(ACTION_ID)
    if maker == action.proposal_id and isinstance(made, dict) and not difference(_only(live, made), made):
        return None
    return no("undo", f"{action.target} has been changed since AOI made it; delete it by hand if nobody needs it.")


def _only(live: Json, made: Json) -> Json:
    """The parts of the live object that were sent; the rest are the server's defaults."""
    return {key: live.get(key) for key in made}


UNDO = (own_undo, undo_unchanged)
