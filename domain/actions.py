"""The closed set of actions: one frozen typed write each."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.base import Value
from domain.cluster import Ref


class Risk(StrEnum):
    """How much can go wrong, least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Restart(Value):
    """Roll the pods of a workload anew, as `kubectl rollout restart` does."""

    action: Literal["restart"] = "restart"
    target: Ref


class Scale(Value):
    """Set the number of replicas."""

    action: Literal["scale"] = "scale"
    target: Ref
    replicas: Annotated[int, Field(ge=0, le=1000)]


class RollBack(Value):
    """Return a Deployment to an earlier revision."""

    action: Literal["roll_back"] = "roll_back"
    target: Ref
    revision: Annotated[int, Field(ge=1)] | None = None
    """`None` for the revision before the current one."""


class SetImage(Value):
    """Set a container's image."""

    action: Literal["set_image"] = "set_image"
    target: Ref
    container: str
    image: str


class SetResources(Value):
    """Set a container's requests and limits; a resource that is not named keeps its value."""

    action: Literal["set_resources"] = "set_resources"
    target: Ref
    container: str
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class SetEnv(Value):
    """Set one of a container's variables, to a value or to a ConfigMap key."""

    action: Literal["set_env"] = "set_env"
    target: Ref
    container: str
    name: str
    value: str | None = None
    """`None` when the variable comes from a ConfigMap key or is removed."""
    config_map: str | None = None
    key: str | None = None


class SetConfigReference(Value):
    """Refer to another ConfigMap instead, in `envFrom`, key references and volumes."""

    action: Literal["set_config_reference"] = "set_config_reference"
    target: Ref
    missing: str
    """The ConfigMap name that is referred to now."""
    config_map: str
    """The one to refer to instead."""


class SetCommand(Value):
    """Set the command that a container runs, and its arguments."""

    action: Literal["set_command"] = "set_command"
    target: Ref
    container: str
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    args: tuple[str, ...] | None = None
    """`None` keeps the arguments that are there."""


class PatchServicePort(Value):
    """Point a Service's port at another port of its pods."""

    action: Literal["patch_service_port"] = "patch_service_port"
    target: Ref
    port: int
    """The Service's own port, which names the entry."""
    target_port: int | str


class PatchServiceSelector(Value):
    """Replace a Service's selector."""

    action: Literal["patch_service_selector"] = "patch_service_selector"
    target: Ref
    selector: dict[str, str]


class PatchNodeSelector(Value):
    """Replace a workload's node selector; empty lets it run anywhere."""

    action: Literal["patch_node_selector"] = "patch_node_selector"
    target: Ref
    node_selector: dict[str, str] = {}


class AddToleration(Value):
    """Let its pods run on tainted nodes."""

    action: Literal["add_toleration"] = "add_toleration"
    target: Ref
    key: str
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class PatchProbe(Value):
    """Change a container's health check."""

    action: Literal["patch_probe"] = "patch_probe"
    target: Ref
    container: str
    kind: Literal["readinessProbe", "livenessProbe", "startupProbe"]
    path: str | None = None
    port: int | str | None = None
    initial_delay_seconds: int | None = None
    timeout_seconds: int | None = None
    failure_threshold: int | None = None


class DeletePod(Value):
    """Delete one pod so that its controller replaces it."""

    action: Literal["delete_pod"] = "delete_pod"
    target: Ref


class CreateConfigMap(Value):
    """Create a ConfigMap that is missing."""

    action: Literal["create_config_map"] = "create_config_map"
    target: Ref
    data: dict[str, str]


class SwitchFlag(Value):
    """Let a feature flag serve another variant, in the flagd file that a ConfigMap holds."""

    action: Literal["switch_flag"] = "switch_flag"
    target: Ref
    key: str
    flag: str
    variant: str


class ReleaseVolume(Value):
    """Let a Released volume be bound again, by removing the reference to the claim that is gone."""

    action: Literal["release_volume"] = "release_volume"
    target: Ref
    claim: Ref
    """The claim of the same name that waits for the volume."""


class SetConfigKey(Value):
    """Set one key of an existing ConfigMap."""

    action: Literal["set_config_key"] = "set_config_key"
    target: Ref
    key: str
    value: str


class Cordon(Value):
    """Keep new pods off a node."""

    action: Literal["cordon"] = "cordon"
    target: Ref


class Uncordon(Value):
    """Let a node take pods again."""

    action: Literal["uncordon"] = "uncordon"
    target: Ref


class RemoveNetworkPolicy(Value):
    """Delete a NetworkPolicy."""

    action: Literal["remove_network_policy"] = "remove_network_policy"
    target: Ref


class AllowIngress(Value):
    """Let pods with these labels in on one port, by one more rule of a NetworkPolicy."""

    action: Literal["allow_ingress"] = "allow_ingress"
    target: Ref
    from_labels: dict[str, str]
    port: int


class PatchQuota(Value):
    """Change hard limits of a quota."""

    action: Literal["patch_quota"] = "patch_quota"
    target: Ref
    hard: dict[str, str]


class Change(Value):
    """One request to the API server that alters one object."""

    verb: Literal["patch", "create", "delete"]
    target: Ref
    body: dict[str, Any] | list[dict[str, Any]] = {}
    """The patch (a list of operations for `json`) or the object to create; empty for delete."""
    patch_type: Literal["strategic", "merge", "json"] = "strategic"
    subresource: str | None = None


class Undo(Value):
    """Take back an executed action by the change that was captured before it."""

    action: Literal["undo"] = "undo"
    target: Ref
    proposal_id: str
    """The proposal whose effect is taken back."""
    change: Change


Action = Annotated[
    Restart
    | Scale
    | RollBack
    | SetImage
    | SetResources
    | SetEnv
    | SetConfigReference
    | SetCommand
    | PatchServicePort
    | PatchServiceSelector
    | PatchNodeSelector
    | AddToleration
    | PatchProbe
    | DeletePod
    | CreateConfigMap
    | SetConfigKey
    | SwitchFlag
    | ReleaseVolume
    | Cordon
    | Uncordon
    | RemoveNetworkPolicy
    | AllowIngress
    | PatchQuota
    | GrantDatabaseRole
    | CreateDatabaseUser
    | Undo,
    Field(discriminator="action"),
]
