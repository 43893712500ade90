"""Actions on the way to the pods: Services and NetworkPolicies."""

from domain.actions import AllowIngress, PatchServicePort, PatchServiceSelector, RemoveNetworkPolicy, Risk
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import kubectl, named, patch_line
from tools.write.template import copy_of


def patch_service_port(action: PatchServicePort, scene: Scene) -> Draft:
    """Another target port behind one port of a Service."""
    wanted = copy_of(action.target, scene.target)
    ports = [entry for entry in wanted["spec"].get("ports") or [] if entry["port"] == action.port]
    if len(ports) != 1:
        known = ", ".join(str(entry["port"]) for entry in wanted["spec"].get("ports") or []) or "none"
        raise BadInput(f"{action.target} does not have exactly one port {action.port}; its ports are: {known}.")
    before = ports[0].get("targetPort", action.port)
    ports[0]["targetPort"] = action.target_port
    body = {"spec": {"ports": [{"port": action.port, "targetPort": action.target_port}]}}
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Point port {action.port} back at target port {before}.",
        kubectl=patch_line(action.target, body),
    )


def patch_service_selector(action: PatchServiceSelector, scene: Scene) -> Draft:
    """Another selector."""
    wanted = copy_of(action.target, scene.target)
    before = wanted["spec"].get("selector") or {}
    wanted["spec"]["selector"] = dict(action.selector)
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Restore the selector {_labels(before) or '(none)'}.",
        kubectl=kubectl(action.target, "set", "selector", named(action.target), _labels(action.selector)),
    )


def remove_network_policy(action: RemoveNetworkPolicy, scene: Scene) -> Draft:
    """No such policy any more."""
    copy_of(action.target, scene.target)
    return Draft(
        wanted=None,
        risk=Risk.HIGH,
        undo_text="Create the policy again as it was.",
        kubectl=kubectl(action.target, "delete", named(action.target)),
    )


def allow_ingress(action: AllowIngress, scene: Scene) -> Draft:
    """One more ingress rule."""
    wanted = copy_of(action.target, scene.target)
    spec = wanted["spec"]
    if "Ingress" not in (spec.get("policyTypes") or ["Ingress"]):
        raise BadInput(f"{action.target} does not restrict ingress; an ingress rule would not help.")
    rule = {
        "from": [{"podSelector": {"matchLabels": dict(action.from_labels)}}],
        "ports": [{"port": action.port, "protocol": "TCP"}],
    }
    present = spec.get("ingress") or []
    if rule not in present:
        spec["ingress"] = [*present, rule]
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text="Remove the added ingress rule again.",
        kubectl=patch_line(action.target, {"spec": {"ingress": spec["ingress"]}}, "merge"),
    )


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
