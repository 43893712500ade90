"""What can be posted to a pod or a service account: eviction, binding, token."""

from typing import Any

from lab.cluster.api.answer import Answer, json_answer, success
from lab.cluster.api.deletes import grace_seconds
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.request import Request, Target
from lab.cluster.api.writes import require
from lab.cluster.disruption import margin_of
from lab.cluster.errors import ApiError
from lab.cluster.matching import selects
from lab.cluster.pods import is_ready
from lab.cluster.ports import Object
from lab.cluster.store import copy_of
from lab.cluster.users import SERVICE_ACCOUNT

TOKEN_SECONDS = 3600


def evict(kernel: Kernel, request: Request, target: Target) -> Answer:
    """Delete a pod unless a disruption budget forbids it. Raises ApiError 404 and 429."""
    options: dict[str, Any] = request.decoded_object().get("deleteOptions") or {}
    with kernel.store.lock:
        pod = require(kernel, target)
        if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed"):
            for budget in kernel.store.list("PodDisruptionBudget", target.namespace):
                _check_budget(kernel, budget, pod)
        grace = grace_seconds(request, options)
        preconditions = options.get("preconditions")
        kernel.store.delete("Pod", target.namespace, target.name, grace, preconditions, request.is_dry_run)
    return success(code=201)


def _check_budget(kernel: Kernel, budget: Object, pod: Object) -> None:
    spec = budget["spec"]
    if not selects(spec.get("selector"), pod["metadata"].get("labels") or {}):
        return
    margin = margin_of(kernel.store, budget)
    healthy, needed = margin.healthy, margin.desired
    # A pod that is not ready protects nobody (unhealthyPodEvictionPolicy IfHealthyBudget).
    if (healthy if not is_ready(pod) else healthy - 1) < needed:
        raise ApiError.disruption_budget(budget["metadata"]["name"], needed, healthy)


def bind(kernel: Kernel, request: Request, target: Target) -> Answer:
    """Assign a pod to a node. Raises ApiError 404 and 409."""
    node = (request.decoded_object().get("target") or {}).get("name", "")
    with kernel.store.lock:
        pod = copy_of(require(kernel, target))
        if found := pod["spec"].get("nodeName"):
            why = f'pod {target.name} is already assigned to node "{found}"'
            raise ApiError.conflict(target.resource, target.name, why)
        pod["spec"]["nodeName"] = node
        kernel.store.update("Pod", pod, request.is_dry_run)
    return success(code=201)


def request_token(kernel: Kernel, request: Request, target: Target) -> Answer:
    """A token for a service account. Raises ApiError 404."""
    require(kernel, target)
    spec = request.decoded_object().get("spec") or {}
    seconds = spec.get("expirationSeconds") or TOKEN_SECONDS
    token = kernel.tokens.mint(f"{SERVICE_ACCOUNT}{target.namespace}:{target.name}")
    body = {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": target.name, "namespace": target.namespace},
        "spec": {
            "audiences": spec.get("audiences") or ["https://kubernetes.default.svc"],
            "expirationSeconds": seconds,
        },
        "status": {"token": token, "expirationTimestamp": kernel.clock.iso(kernel.clock.now() + seconds)},
    }
    return json_answer(body, 201)
