"""Actions on a workload as a whole: restart, scale, roll back, where its pods may run."""

from copy import deepcopy
from typing import Any

from domain.actions import AddToleration, PatchNodeSelector, Restart, Risk, RollBack, Scale
from domain.base import Json
from domain.cluster import Ref
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import kubectl, named, patch_line
from tools.write.template import copy_of, template_of

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
REVISION = "deployment.kubernetes.io/revision"


def restart(action: Restart, scene: Scene) -> Draft:
    """A new restartedAt annotation on the pod template, which makes the controller replace the pods."""
    wanted = copy_of(action.target, scene.target)
    metadata = template_of(wanted).setdefault("metadata", {})
    annotations = metadata.get("annotations") or {}
    metadata["annotations"] = annotations | {RESTARTED_AT: scene.at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return Draft(
        wanted=wanted,
        risk=Risk.LOW,
        undo_text="Nothing to take back: a restart leaves the configuration as it was.",
        kubectl=kubectl(action.target, "rollout", "restart", named(action.target)),
        reversible=False,
    )


def scale(action: Scale, scene: Scene) -> Draft:
    """Another number of replicas."""
    wanted = copy_of(action.target, scene.target)
    before = replicas_of(wanted)
    wanted["spec"]["replicas"] = action.replicas
    return Draft(
        wanted=wanted,
        risk=Risk.LOW if action.replicas > before else Risk.MEDIUM,
        undo_text=f"Scale back to {before}.",
        kubectl=kubectl(action.target, "scale", named(action.target), f"--replicas={action.replicas}"),
    )


def roll_back(action: RollBack, scene: Scene) -> Draft:
    """The pod template of an earlier ReplicaSet."""
    wanted = copy_of(action.target, scene.target)
    current = revision_of(wanted)
    history = history_of(wanted, scene)
    revision = action.revision or max((r for r in history if r < current), default=0)
    if revision not in history or revision == current:
        kept = ", ".join(str(r) for r in sorted(history) if r != current) or "none"
        raise BadInput(
            f"{action.target} cannot go back to revision {revision or 'before this'}; kept are: {kept}."
        )
    wanted["spec"]["template"] = _template(history[revision], template_of(wanted))
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Return to the pod template of revision {current}.",
        kubectl=kubectl(action.target, "rollout", "undo", named(action.target), f"--to-revision={revision}"),
    )


def patch_node_selector(action: PatchNodeSelector, scene: Scene) -> Draft:
    """Another node selector, or none."""
    wanted = copy_of(action.target, scene.target)
    spec = template_of(wanted)["spec"]
    before = spec.pop("nodeSelector", None) or {}
    if action.node_selector:
        spec["nodeSelector"] = dict(action.node_selector)
    shown = ", ".join(f"{k}={v}" for k, v in sorted(before.items())) or "none"
    patch = dict.fromkeys(before) | dict(
        action.node_selector
    )  # A null removes a label that is no longer asked for.
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Restore the node selector: {shown}.",
        kubectl=_pod_line(action.target, {"nodeSelector": patch}),
    )


def add_toleration(action: AddToleration, scene: Scene) -> Draft:
    """One more toleration."""
    wanted = copy_of(action.target, scene.target)
    spec = template_of(wanted)["spec"]
    toleration = {"key": action.key, "operator": "Exists", "effect": action.effect}
    if action.value is not None:
        toleration |= {"operator": "Equal", "value": action.value}
    present = spec.get("tolerations") or []
    if toleration not in present:
        spec["tolerations"] = [*present, toleration]
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Remove the toleration of {action.key} again.",
        kubectl=_pod_line(action.target, {"tolerations": spec["tolerations"]}),
    )


def replicas_of(workload: Json) -> int:
    """How many pods it should have; a DaemonSet has one on each node that it fits."""
    if "replicas" in workload["spec"]:
        return int(workload["spec"]["replicas"])
    return int(workload.get("status", {}).get("desiredNumberScheduled", 1))


def revision_of(thing: Json) -> int:
    """The revision of a Deployment or of one of its ReplicaSets; 0 when it carries none."""
    text = (thing["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if str(text).isdigit() else 0


def history_of(deployment: Json, scene: Scene) -> dict[int, Json]:
    """The Deployment's ReplicaSets by revision."""
    uid = deployment["metadata"]["uid"]
    return {
        revision_of(replica_set): replica_set
        for replica_set in scene.of("ReplicaSet")
        if any(owner["uid"] == uid for owner in replica_set["metadata"].get("ownerReferences") or [])
        and revision_of(replica_set)
    }


def _pod_line(ref: Ref, fields: dict[str, Any]) -> str:
    return patch_line(ref, {"spec": {"template": {"spec": fields}}})


def _template(replica_set: Json, current: Json) -> dict[str, Any]:
    """The ReplicaSet's template without the label that its controller added."""
    template = deepcopy(template_of(replica_set))
    metadata = template.setdefault("metadata", {})
    labels = metadata.get("labels") or {}
    labels.pop("pod-template-hash", None)
    metadata.pop("creationTimestamp", None)
    if "creationTimestamp" in current.get("metadata", {}):  # Old servers write a null here.
        metadata["creationTimestamp"] = current["metadata"]["creationTimestamp"]
    return template
