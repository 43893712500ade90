"""Actions on pods, nodes and quotas: where and how much may run."""

from domain.actions import Cordon, DeletePod, PatchQuota, Risk, Uncordon
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import kubectl, named, patch_line
from tools.write.template import copy_of


def delete_pod(action: DeletePod, scene: Scene) -> Draft:
    """The pod gone, for its controller to replace."""
    copy_of(action.target, scene.target)
    return Draft(
        wanted=None,
        risk=Risk.LOW,
        undo_text="Nothing to take back: the controller starts another pod.",
        kubectl=kubectl(action.target, "delete", named(action.target)),
        reversible=False,
    )


def cordon(action: Cordon, scene: Scene) -> Draft:
    """A node that takes no new pods."""
    wanted = copy_of(action.target, scene.target)
    wanted["spec"]["unschedulable"] = True
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text="Uncordon the node.",
        kubectl=kubectl(action.target, "cordon", action.target.name),
    )


def uncordon(action: Uncordon, scene: Scene) -> Draft:
    """A node that takes pods again."""
    wanted = copy_of(action.target, scene.target)
    # Absent means false; that is how a node that was never cordoned looks.
    wanted["spec"].pop("unschedulable", None)
    return Draft(
        wanted=wanted,
        risk=Risk.LOW,
        undo_text="Cordon the node.",
        kubectl=kubectl(action.target, "uncordon", action.target.name),
    )


def patch_quota(action: PatchQuota, scene: Scene) -> Draft:
    """Other hard limits for resources that the quota counts."""
    wanted = copy_of(action.target, scene.target)
    hard = wanted["spec"].get("hard") or {}
    if unknown := sorted(action.hard.keys() - hard.keys()):
        raise BadInput(
            f"{action.target} does not limit {', '.join(unknown)}; it limits {', '.join(sorted(hard))}."
        )
    wanted["spec"]["hard"] = hard | action.hard
    before = ", ".join(f"{key}={hard[key]}" for key in sorted(action.hard))
    return Draft(
        wanted=wanted,
        risk=Risk.LOW,
        undo_text=f"Restore {before}.",
        kubectl=patch_line(action.target, {"spec": {"hard": action.hard}}, "merge"),
    )
