"""Access and identity reviews: computed, never stored."""

from typing import Any

from lab.cluster.api.answer import Answer, json_answer
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.request import Request, Target
from lab.cluster.authz import Attributes, allowed, rules_of
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.users import User


def review(kernel: Kernel, request: Request, target: Target) -> Answer:
    """POST of a review. Raises ApiError 400."""
    body = request.decoded_object()
    spec: dict[str, Any] = body.get("spec") or {}
    match target.resource.kind:
        case "SelfSubjectAccessReview":
            status = _access(kernel, request.user, spec)
        case "SubjectAccessReview" | "LocalSubjectAccessReview":
            status = _access(kernel, User(spec.get("user", ""), tuple(spec.get("groups") or ())), spec)
        case "SelfSubjectRulesReview":
            status = _rules(kernel, request.user, spec)
        case "SelfSubjectReview":
            status = {"userInfo": _info(request.user)}
        case "TokenReview":
            user = kernel.tokens.user_of(spec.get("token", ""))
            status = {"authenticated": user is not None, **({"user": _info(user)} if user else {})}
        case _:
            raise ApiError.no_such_path()
    head = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return json_answer({**head, "metadata": {}, "spec": spec, "status": status}, 201)


def _info(user: User) -> Object:
    return {"username": user.name, "groups": list(user.groups)}


def _access(kernel: Kernel, user: User, spec: Object) -> Object:
    if (asked := spec.get("resourceAttributes")) is not None:
        fields = ("verb", "group", "resource", "subresource", "namespace", "name")
        wanted = Attributes(**{field: asked.get(field) or "" for field in fields})
    elif (asked := spec.get("nonResourceAttributes")) is not None:
        wanted = Attributes(asked.get("verb") or "", path=asked.get("path") or "/")
    else:
        raise ApiError.bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
    found = allowed(kernel.store, user, wanted)
    return {"allowed": found is not None, **({"reason": found.reason} if found and found.reason else {})}


def _rules(kernel: Kernel, user: User, spec: Object) -> Object:
    rules = rules_of(kernel.store, user, spec.get("namespace") or "")
    return {
        "resourceRules": [rule for rule in rules if "resources" in rule],
        "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
        "incomplete": False,
    }
