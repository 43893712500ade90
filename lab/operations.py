"""What happens to a cluster in a scenario: faults, history, noise and repairs, as data."""

from typing import Annotated, Any, Literal

from pydantic import Field

from domain.base import Value
from lab.targets import CheckedManifest, Target

DAY = 86_400.0


class _Operation(Value):
    """What every operation says."""

    at: Annotated[float, Field(ge=-30 * DAY, le=DAY)] = 0
    """Seconds from the incident's start; history and noise lie before it."""
    by: Annotated[str, Field(min_length=1, max_length=128)] = "kubectl"
    """The field manager on record, so that one can see who changed what."""


class Apply(_Operation):
    """Create objects, or change those that are there, as `kubectl apply` does."""

    op: Literal["apply"] = "apply"
    manifests: Annotated[tuple[CheckedManifest, ...], Field(min_length=1)]


class Patch(_Operation):
    """Patch one object."""

    op: Literal["patch"] = "patch"
    target: Target
    type: Literal["strategic", "merge", "json"] = "strategic"
    body: dict[str, Any] | list[dict[str, Any]]
    """A list for a JSON patch."""


class Delete(_Operation):
    """Delete one object."""

    op: Literal["delete"] = "delete"
    target: Target


class Scale(_Operation):
    """Set the replicas of a workload."""

    op: Literal["scale"] = "scale"
    target: Target
    replicas: Annotated[int, Field(ge=0, le=1000)]


class SetImage(_Operation):
    """Set the image of one container, init containers included."""

    op: Literal["set_image"] = "set_image"
    target: Target
    container: str
    image: str


class RollBack(_Operation):
    """Return a Deployment to the pod template of its previous revision, as `kubectl rollout undo` does."""

    op: Literal["roll_back"] = "roll_back"
    target: Target


class Restart(_Operation):
    """Roll a workload's pods anew, as `kubectl rollout restart` does."""

    op: Literal["restart"] = "restart"
    target: Target


class ReplacePods(_Operation):
    """Delete every pod of a workload at once, as a failing or drained node does."""

    op: Literal["replace_pods"] = "replace_pods"
    target: Target


class Behave(_Operation):
    """Change what the containers of one image do from now on."""

    op: Literal["behave"] = "behave"
    image: str
    behaviour: dict[str, Any]


Operation = Annotated[
    Apply | Patch | Delete | Scale | SetImage | RollBack | Restart | ReplacePods | Behave,
    Field(discriminator="op"),
]
