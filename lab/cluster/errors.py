"""What the API server answers when it refuses: texts of Kubernetes 1.33 (apimachinery `api/errors`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from lab.cluster.resources import Resource

STALE: Final = "the object has been modified; please apply your changes to the latest version and try again"


@dataclass(frozen=True)
class Cause:
    """One reason why an object is invalid."""

    field: str
    """`spec.template.spec.containers[0].image`."""
    message: str
    """`Required value`, `Invalid value: -1: must be greater than or equal to 0`."""
    reason: str = "FieldValueInvalid"

    def json(self) -> dict[str, str]:
        """As in `details.causes`."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


class ApiError(Exception):
    """A refusal, as a Kubernetes `Status`."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = {key: value for key, value in (details or {}).items() if value}

    def status(self) -> dict[str, Any]:
        """The `Status` object of the answer."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            **({"details": self.details} if self.details else {}),
            "code": self.code,
        }

    @classmethod
    def not_found(cls, resource: Resource, name: str) -> Self:
        """404: `deployments.apps "x" not found`."""
        return cls(404, "NotFound", f'{resource.group_resource} "{name}" not found', details_of(resource, name))

    @classmethod
    def no_such_path(cls) -> Self:
        """404 for a path that serves nothing."""
        return cls(404, "NotFound", "the server could not find the requested resource")

    @classmethod
    def already_exists(cls, resource: Resource, name: str) -> Self:
        """409 on create."""
        text = f'{resource.group_resource} "{name}" already exists'
        return cls(409, "AlreadyExists", text, details_of(resource, name))

    @classmethod
    def conflict(cls, resource: Resource, name: str, why: str = STALE) -> Self:
        """409: by default, the object has changed since it was read."""
        text = f'Operation cannot be fulfilled on {resource.group_resource} "{name}": {why}'
        return cls(409, "Conflict", text, details_of(resource, name))

    @classmethod
    def invalid(cls, resource: Resource, name: str, causes: Iterable[Cause]) -> Self:
        """422 with every cause."""
        found = list(causes)
        lines = [f"{cause.field}: {cause.message}" for cause in found]
        body = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
        kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        details = {**details_of(resource, name), "kind": resource.kind, "causes": [c.json() for c in found]}
        return cls(422, "Invalid", f'{kind} "{name}" is invalid: {body}', details)

    @classmethod
    def unprocessable(cls, why: str) -> Self:
        """422 for a patch that cannot be applied."""
        text = "the server rejected our request due to an error in our request"
        return cls(422, "Invalid", text, {"causes": [{"reason": "UnexpectedServerResponse", "message": why}]})

    @classmethod
    def forbidden(cls, resource: Resource, name: str, why: str, causes: Iterable[Cause] = ()) -> Self:
        """403: `pods "x" is forbidden: WHY`; without a name, `pods is forbidden: WHY`."""
        subject = f'{resource.group_resource} "{name}"' if name else resource.group_resource
        details = {**details_of(resource, name), "causes": [cause.json() for cause in causes]}
        return cls(403, "Forbidden", f"{subject} is forbidden: {why}", details)

    @classmethod
    def terminating(cls, resource: Resource, name: str, namespace: str) -> Self:
        """403: nothing new in a namespace that is going away."""
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        cause = Cause("metadata.namespace", f"namespace {namespace} is being terminated", "NamespaceTerminating")
        return cls.forbidden(resource, name, why, (cause,))

    @classmethod
    def bad_request(cls, message: str) -> Self:
        """400."""
        return cls(400, "BadRequest", message)

    @classmethod
    def undecodable(cls, resource: Resource, why: str) -> Self:
        """400: the body is not an object of the kind; `why` is the decoder's text."""
        kind = resource.kind
        return cls.bad_request(f'{kind} in version "{resource.version}" cannot be handled as a {kind}: {why}')

    @classmethod
    def unauthorized(cls) -> Self:
        """401: no such token."""
        return cls(401, "Unauthorized", "Unauthorized")

    @classmethod
    def expired(cls, asked: int, oldest: int) -> Self:
        """410: the change log no longer reaches back that far."""
        return cls(410, "Expired", f"too old resource version: {asked} ({oldest})")

    @classmethod
    def expired_continue(cls) -> Self:
        """410: the snapshot behind a `continue` token is gone."""
        text = (
            "The provided continue parameter is too old to display a consistent list result. "
            "You can start a new list without the continue parameter."
        )
        return cls(410, "Expired", text)

    @classmethod
    def unsupported_media_type(cls, accepted: Iterable[str]) -> Self:
        """415, naming what would be accepted."""
        text = "the body of the request was in an unknown format - accepted media types include: "
        return cls(415, "UnsupportedMediaType", text + ", ".join(accepted))

    @classmethod
    def method_not_allowed(cls) -> Self:
        """405."""
        return cls(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    @classmethod
    def disruption_budget(cls, budget: str, needed: int, healthy: int) -> Self:
        """429: evicting would break a PodDisruptionBudget."""
        why = f"The disruption budget {budget} needs {needed} healthy pods and has {healthy} currently"
        details = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
        text = "Cannot evict pod as it would violate the pod's disruption budget."
        return cls(429, "TooManyRequests", text, details)

    @classmethod
    def internal(cls, why: str) -> Self:
        """500."""
        return cls(500, "InternalError", f"Internal error occurred: {why}")


def details_of(resource: Resource, name: str) -> dict[str, Any]:
    """`Status.details` that name an object."""
    return {"name": name, "group": resource.group, "kind": resource.plural}
