"""Every action: the kinds it may touch, what must be read along, and what it wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from domain import actions as act
from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.cluster import Ref
from tools.write import accounts, capacity, config, container, flags, network, undo, volume, workload
from tools.write.account_job import undone_ref
from tools.write.change import Draft, Scene

Verb = str
_WORKLOADS = ("DaemonSet", "Deployment", "StatefulSet")
_SERVERS = ("Deployment", "StatefulSet")


@dataclass(frozen=True)
class Entry:
    """What an action may do and needs to know."""

    kinds: tuple[str, ...]
    """Kinds its target may have; anything else is refused."""
    verb: Verb = "patch"
    back: Verb | None = "patch"
    """The verb that takes it back; `None` when nothing does."""
    makes: str | None = None
    """The kind that the verbs are for, where the target itself stays as it is."""
    reads: tuple[str, ...] = ()
    """Kinds that are listed in the target's namespace, or the cluster's nodes, to judge the action."""


CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        "restart": Entry(_WORKLOADS, back=None),
        "scale": Entry(("Deployment", "StatefulSet"), reads=("HorizontalPodAutoscaler",)),
        "roll_back": Entry(("Deployment",), reads=("ReplicaSet",)),
        "set_image": Entry(_WORKLOADS, reads=("ReplicaSet",)),
        "set_resources": Entry(_WORKLOADS),
        "set_env": Entry(_WORKLOADS),
        "set_config_reference": Entry(_WORKLOADS),
        "set_command": Entry(_WORKLOADS, reads=(*_WORKLOADS, "ReplicaSet")),
        "patch_service_port": Entry(("Service",)),
        "patch_service_selector": Entry(("Service",), reads=("Pod",)),
        "patch_node_selector": Entry(_WORKLOADS, reads=("Node",)),
        "add_toleration": Entry(_WORKLOADS),
        "patch_probe": Entry(_WORKLOADS),
        "delete_pod": Entry(("Pod",), verb="delete", back=None, reads=("Pod",)),
        "create_config_map": Entry(("ConfigMap",), verb="create", back="delete", reads=(*_WORKLOADS, "Pod")),
        "set_config_key": Entry(("ConfigMap",)),
        "switch_flag": Entry(("ConfigMap",)),
        "release_volume": Entry(("PersistentVolume",)),
        "cordon": Entry(("Node",), reads=("Node",)),
        "uncordon": Entry(("Node",)),
        "remove_network_policy": Entry(("NetworkPolicy",), verb="delete", back="create"),
        "allow_ingress": Entry(("NetworkPolicy",)),
        "patch_quota": Entry(("ResourceQuota",)),
        "grant_database_role": Entry(_SERVERS, "create", "create", makes="Job", reads=("Job", "Service")),
        "create_database_user": Entry(
            _SERVERS, "create", "create", makes="Job", reads=("Job", "Service", *_WORKLOADS)
        ),
    }
)
"""By the action's own name. `undo` is not in it: it may do what the entries take back, and only that."""


def references_of(action: act.Action) -> tuple[Ref, ...]:
    """Other objects that an action names and that must be looked at."""
    match action:
        case act.SetConfigReference(config_map=name) | act.SetEnv(config_map=str(name)):
            return (Ref(kind="ConfigMap", name=name, namespace=action.target.namespace),)
        case act.ReleaseVolume(claim=claim):
            return (claim,)
        case act.Undo(change=change) if change.target != action.target:
            return (change.target, undone_ref(change.target))
        case _:
            return ()


def draft_of(action: act.Action, scene: Scene) -> Draft:  # noqa: C901 one line an action
    """What the action wants. Raises `BadInput`, `ClusterNotFound` or `ClusterConflict` when it cannot be had."""
    match action:
        case act.Restart():
            return workload.restart(action, scene)
        case act.Scale():
            return workload.scale(action, scene)
        case act.RollBack():
            return workload.roll_back(action, scene)
        case act.PatchNodeSelector():
            return workload.patch_node_selector(action, scene)
        case act.AddToleration():
            return workload.add_toleration(action, scene)
        case act.SetImage():
            return container.set_image(action, scene)
        case act.SetResources():
            return container.set_resources(action, scene)
        case act.SetEnv():
            return container.set_env(action, scene)
        case act.PatchProbe():
            return container.patch_probe(action, scene)
        case act.SetCommand():
            return container.set_command(action, scene)
        case act.SetConfigReference():
            return config.set_config_reference(action, scene)
        case act.CreateConfigMap():
            return config.create_config_map(action, scene)
        case act.SetConfigKey():
            return config.set_config_key(action, scene)
        case act.SwitchFlag():
            return flags.switch_flag(action, scene)
        case act.ReleaseVolume():
            return volume.release_volume(action, scene)
        case act.PatchServicePort():
            return network.patch_service_port(action, scene)
        case act.PatchServiceSelector():
            return network.patch_service_selector(action, scene)
        case act.RemoveNetworkPolicy():
            return network.remove_network_policy(action, scene)
        case act.AllowIngress():
            return network.allow_ingress(action, scene)
        case act.DeletePod():
            return capacity.delete_pod(action, scene)
        case act.Cordon():
            return capacity.cordon(action, scene)
        case act.Uncordon():
            return capacity.uncordon(action, scene)
        case act.PatchQuota():
            return capacity.patch_quota(action, scene)
        case GrantDatabaseRole() | CreateDatabaseUser():
            return accounts.change_account(action, scene)
        case act.Undo():
            return undo.undo(action, scene)
        case _:
            assert_never(action)
