"""Rules for workloads, their pods and their images."""

from domain.actions import DeletePod, Restart, Scale, SetCommand, SetImage
from domain.proposal import Refusal
from tools.guardrails.case import Case, no
from tools.write.change import Scene
from tools.write.template import all_containers, template_of
from tools.write.workload import history_of, replicas_of

_REPLACING_PODS = frozenset(
    {
        "restart",
        "roll_back",
        "set_image",
        "set_resources",
        "set_env",
        "set_config_reference",
        "set_command",
        "patch_node_selector",
        "add_toleration",
        "patch_probe",
    }
)


def replicas(case: Case) -> Refusal | None:
    """Not to zero, not beyond the limit, not too far at once, not against an autoscaler."""
    action, live, limits = case.action, case.scene.target, case.limits
    if not isinstance(action, Scale) or live is None:
        return None
    if action.replicas == 0:
        return no("replicas", f"Scaling {action.target} to zero stops it; do that by hand if it is meant.")
    if action.replicas > limits.max_replicas:
        return no("replicas", f"{action.replicas} replicas are more than the {limits.max_replicas} AOI may set.")
    before = replicas_of(live)
    if abs(action.replicas - before) > limits.max_step:
        return no(
            "replicas", f"From {before} to {action.replicas} is more than {limits.max_step} at once; go in steps."
        )
    for scaler in case.scene.of("HorizontalPodAutoscaler"):
        aim = scaler["spec"]["scaleTargetRef"]
        if (aim["kind"], aim["name"]) == (action.target.kind, action.target.name):
            name = scaler["metadata"]["name"]
            return no(
                "autoscaler", f"The autoscaler {name} sets the replicas of {action.target}; change its bounds."
            )
    return None


def controlled_pod(case: Case) -> Refusal | None:
    """Only a pod that a controller replaces, and that is not on its way out, is deleted."""
    action, live = case.action, case.scene.target
    if not isinstance(action, DeletePod) or live is None:
        return None
    owners = live["metadata"].get("ownerReferences") or []
    if not any(owner.get("controller") and owner["kind"] != "Node" for owner in owners):
        return no(
            "bare-pod", f"{action.target} has no controller that would replace it; delete it by hand if meant."
        )
    if live["metadata"].get("deletionTimestamp"):
        return no("terminating", f"{action.target} is being deleted already; wait, or look at its finalizers.")
    return None


def paused(case: Case) -> Refusal | None:
    """A paused Deployment would not follow a restart."""
    action, live = case.action, case.scene.target
    if isinstance(action, Restart) and live is not None and live["spec"].get("paused"):
        return no("paused", f"The rollout of {action.target} is paused; resume it first.")
    return None


def blast_radius(case: Case) -> Refusal | None:
    """Not too many pods are replaced by one action."""
    action, live, most = case.action, case.scene.target, case.limits.max_pods
    if action.action not in _REPLACING_PODS or live is None or "template" not in live.get("spec", {}):
        return None
    count = replicas_of(live)
    if count > most:
        return no(
            "blast-radius", f"This would replace {count} pods of {action.target}, more than the {most} allowed."
        )
    return None


def known_image(case: Case) -> Refusal | None:
    """An image with a version, from a repository that the workload uses, has used, or the settings name."""
    action, live = case.action, case.scene.target
    if not isinstance(action, SetImage) or live is None:
        return None
    used = _images(case.scene)
    if action.image in used:
        return None
    repository, version = _parts(action.image)
    if version in ("", "latest"):
        return no("image-version", f"The image {action.image} names no version; give a tag or a digest.")
    if repository in {_parts(image)[0] for image in used} or action.image.startswith(case.limits.registries):
        return None
    return no(
        "image-source", f"{action.target} has never used {repository}; AOI only sets images of known sources."
    )


def known_program(case: Case) -> Refusal | None:
    """A program that the workload is named after, has run before, or that others of the same image run."""
    action, live = case.action, case.scene.target
    if not isinstance(action, SetCommand) or live is None:
        return None
    own = [c for c in all_containers(template_of(live)) if c["name"] == action.container]
    images = {c["image"] for c in own}
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
    others = [c for kind in kinds for w in case.scene.of(kind) for c in all_containers(template_of(w))]
    run = {c["command"][0] for c in others if c.get("command") and c["image"] in images}
    labels = template_of(live).get("metadata", {}).get("labels") or {}
    program = action.command[0].rsplit("/", 1)[-1]
    if action.command[0] in run or program in {action.target.name, action.container, *labels.values()}:
        return None
    return no("program", f"Nothing shows that the image of {action.target} has a program {action.command[0]!r}.")


def _images(scene: Scene) -> set[str]:
    """Every image of the workload now and in its kept revisions."""
    found = [scene.target, *history_of(scene.target, scene).values()] if scene.target else []
    return {c["image"] for workload in found for c in all_containers(template_of(workload))}


def _parts(image: str) -> tuple[str, str]:
    """Repository, and tag or digest: `registry:5000/web:1` is `("registry:5000/web", "1")`."""
    repository, _, digest = image.partition("@")
    head, slash, last = repository.rpartition("/")
    name, _, tag = last.partition(":")
    return head + slash + name, digest or tag


WORKLOADS = (replicas, controlled_pod, paused, blast_radius, known_image, known_program)
