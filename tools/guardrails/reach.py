"""Rules for what traffic and pods can reach: selectors, policies, nodes, quotas."""

from domain.actions import AllowIngress, Cordon, PatchNodeSelector, PatchQuota, PatchServiceSelector
from domain.base import Json
from domain.proposal import Refusal
from tools.analyzers.quantity import amount
from tools.guardrails.case import Case, no


def service_selector(case: Case) -> Refusal | None:
    """A Service's new selector finds pods."""
    action = case.action
    if not isinstance(action, PatchServiceSelector):
        return None
    if not action.selector:
        return no("empty-selector", f"Without a selector {action.target} would find no pods; name the labels.")
    if any(_matches(action.selector, pod["metadata"].get("labels")) for pod in case.scene.of("Pod")):
        return None
    return no("empty-selector", f"No pod has the labels of that selector; {action.target} would find none.")


def node_selector(case: Case) -> Refusal | None:
    """A workload's new node selector fits at least one node."""
    action = case.action
    if not isinstance(action, PatchNodeSelector) or not action.node_selector:
        return None
    if any(_matches(action.node_selector, node["metadata"].get("labels")) for node in case.scene.of("Node")):
        return None
    return no(
        "empty-selector", f"No node has the labels of that selector; {action.target} could not run anywhere."
    )


def named_peer(case: Case) -> Refusal | None:
    """An ingress rule names whom it lets in."""
    if isinstance(case.action, AllowIngress) and not case.action.from_labels:
        return no("open-policy", "An ingress rule without labels lets every pod in; name the pods that need it.")
    return None


def last_node(case: Case) -> Refusal | None:
    """Some other node that is ready goes on taking pods."""
    action = case.action
    if not isinstance(action, Cordon):
        return None
    others = [n for n in case.scene.of("Node") if n["metadata"]["name"] != action.target.name]
    if any(_takes_pods(node) for node in others):
        return None
    return no("last-node", f"No other ready node takes pods; cordoning {action.target.name} would leave none.")


def quota_bounds(case: Case) -> Refusal | None:
    """A quota is not set below what is in use, nor raised out of proportion."""
    action, live = case.action, case.scene.target
    if not isinstance(action, PatchQuota) or live is None:
        return None
    hard = live["spec"].get("hard") or {}
    used = (live.get("status") or {}).get("used") or {}
    for name, text in sorted(action.hard.items()):
        value, before, taken = amount(text), amount(hard.get(name)), amount(used.get(name, "0"))
        if value is None:
            return no("quota", f"{text!r} is no quantity for {name}; write it like 4, 500m or 8Gi.")
        if taken is not None and value < taken:
            return no(
                "quota", f"{name} of {action.target} is in use up to {used[name]}; {text} would be below it."
            )
        if before and value > before * case.limits.max_quota_factor:
            most = case.limits.max_quota_factor
            return no(
                "quota", f"{name} from {hard[name]} to {text} is more than {most} times; a person should decide."
            )
    return None


def _matches(selector: dict[str, str], labels: Json | None) -> bool:
    return all((labels or {}).get(key) == value for key, value in selector.items())


def _takes_pods(node: Json) -> bool:
    conditions = node.get("status", {}).get("conditions") or []
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and not node["spec"].get("unschedulable")


REACH = (service_selector, node_selector, named_peer, last_node, quota_bounds)
