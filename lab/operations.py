"""What happens to a cluster in a scenario: faults, history, noise and repairs, as data."""

from typing import Annotated, Any, Literal

from pydantic import Field

from domain.base import Value
from lab.cluster.behaviour import Behaviour
from lab.targets import CheckedManifest, Target

DAY = 86_400.0

Quantity = Annotated[str, Field(pattern=r"^\d+(\.\d+)?([kMGT]i?|m)?$", max_length=20)]
"""An amount as Kubernetes writes it: `512Mi`."""


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


class Doing(Behaviour):
    """What containers do whose image is named elsewhere."""

    image: str = "*"


class Behave(_Operation):
    """Change what those containers of one image do that start from now on."""

    op: Literal["behave"] = "behave"
    image: str
    behaviour: Doing


class Exec(_Operation):
    """Run a command in a running container of a workload, as `kubectl exec` does; it must end with 0."""

    op: Literal["exec"] = "exec"
    target: Target
    container: str | None = None
    """`None` for the first."""
    command: Annotated[tuple[str, ...], Field(min_length=1)]


class Recreate(_Operation):
    """Delete an object and create it anew, changed: it loses its history, and its pods are new."""

    op: Literal["recreate"] = "recreate"
    target: Target
    body: dict[str, Any] = {}
    """A strategic merge patch."""


class Reapply(_Operation):
    """Apply every manifest of the application again, as after its namespace was deleted."""

    op: Literal["reapply"] = "reapply"


class SetFlag(_Operation):
    """Choose another default variant of a feature flag in a ConfigMap that flagd reads."""

    op: Literal["set_flag"] = "set_flag"
    target: Target
    key: str
    """Of the ConfigMap; holds flagd's JSON."""
    flag: str
    variant: str


class RecordEvent(_Operation):
    """Write an event about an object, as a controller would: a clue, or noise. `by` is its component."""

    op: Literal["record_event"] = "record_event"
    target: Target
    type: Literal["Normal", "Warning"] = "Warning"
    reason: Annotated[str, Field(min_length=1, max_length=128)]
    message: Annotated[str, Field(min_length=1, max_length=1024)]


class FailNode(_Operation):
    """Switch a node's machine off, as when its power fails."""

    op: Literal["fail_node"] = "fail_node"
    node: str


class RestoreNode(_Operation):
    """Switch it on again."""

    op: Literal["restore_node"] = "restore_node"
    node: str


class OccupyNode(_Operation):
    """Let something outside of pods take memory and disk of a node."""

    op: Literal["occupy_node"] = "occupy_node"
    node: str
    memory: Quantity = "0"
    disk: Quantity = "0"


Operation = Annotated[
    Apply
    | Patch
    | Delete
    | Scale
    | SetImage
    | RollBack
    | Restart
    | ReplacePods
    | Behave
    | Exec
    | Recreate
    | Reapply
    | SetFlag
    | RecordEvent
    | FailNode
    | RestoreNode
    | OccupyNode,
    Field(discriminator="op"),
]
