"""Actions on volumes: letting one that is Released be bound again."""

from domain.actions import ReleaseVolume, Risk
from domain.base import Json
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import kubectl, named
from tools.write.template import copy_of


def release_volume(action: ReleaseVolume, scene: Scene) -> Draft:
    """No reference to a claim that is gone; the data on the volume is left as it is."""
    wanted = copy_of(action.target, scene.target)
    spec = wanted["spec"]
    reference = spec.pop("claimRef", None)
    if reference is None:
        raise BadInput(f"{action.target} refers to no claim; it can be bound already.")
    _judge(action, wanted, reference, scene.named.get(action.claim))
    line = '[{"op":"remove","path":"/spec/claimRef"}]'
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text="Put the old reference back, as long as no claim has been bound to the volume.",
        kubectl=kubectl(action.target, "patch", named(action.target), "--type=json", "-p", line),
    )


def _judge(action: ReleaseVolume, volume: Json, reference: Json, claim: Json | None) -> None:
    """Only a retained volume that was left by a claim of this name, while a new claim of that name waits."""
    target, phase = action.target, (volume.get("status") or {}).get("phase")
    if phase != "Released" or volume["spec"].get("persistentVolumeReclaimPolicy") != "Retain":
        raise BadInput(f"{target} is {phase or 'in no phase'}; only a Released volume that is retained is let go.")
    if (reference.get("namespace"), reference.get("name")) != (action.claim.namespace, action.claim.name):
        raise BadInput(f"{target} was not the volume of {action.claim}.")
    if claim is None or (claim.get("status") or {}).get("phase") != "Pending":
        raise BadInput(f"{action.claim} does not wait for a volume.")
    if claim["metadata"]["uid"] == reference.get("uid"):
        raise BadInput(f"{target} still belongs to {action.claim}; the volume controller binds the two.")
