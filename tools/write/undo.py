"""Taking back: the change that was captured before the act."""

from domain.actions import Change, Risk, Undo
from domain.base import Json
from domain.errors import BadInput, ClusterConflict
from tools.write.change import Draft, Scene
from tools.write.kubectl import line_of
from tools.write.patch import Stale, applied


def undo(action: Undo, scene: Scene) -> Draft:
    """The captured change, if what the act left is still there; of a Job, the Job that takes it back."""
    if action.change.target != action.target:
        return _by_job(action, scene)
    return Draft(
        wanted=_wanted(action.change, scene.target),
        risk=Risk.MEDIUM,
        undo_text="Do the taken-back change once more.",
        kubectl=line_of(action.change),
    )


def _by_job(action: Undo, scene: Scene) -> Draft:
    change = action.change
    if (change.target.kind, change.verb) != ("Job", "create"):
        raise BadInput(f"The undo names {action.target} and changes {change.target}; ask for it anew.")
    return Draft(
        wanted=_wanted(change, scene.named.get(change.target)),
        risk=Risk.HIGH,
        undo_text="Nothing takes it back by itself; ask for the change anew.",
        kubectl=line_of(change),
        reversible=False,
        of=change.target,
    )


def _wanted(change: Change, live: Json | None) -> Json | None:
    by_hand = f"{change.target} is no longer as the action left it; take it back by hand."
    match change.verb:
        case "create":
            if live is not None or not isinstance(change.body, dict):
                raise ClusterConflict(by_hand)
            return change.body
        case "delete":
            if live is None:
                raise ClusterConflict(by_hand)
            return None
        case "patch":
            if live is None or not isinstance(change.body, list):
                raise ClusterConflict(by_hand)
            try:
                return applied(change.body, live)
            except Stale as e:
                raise ClusterConflict(by_hand) from e
