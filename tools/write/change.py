"""From an action's wish to requests: the change, the change that takes it back, and the line for people."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.actions import Change, Risk
from domain.base import Json
from domain.cluster import Ref
from tools.cluster.fence import ACTION_ID
from tools.write.patch import difference

_SERVER_FIELDS = (
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)


@dataclass(frozen=True)
class Scene:
    """The part of the cluster that an action is about, unredacted; it never leaves `tools`."""

    target: Json | None
    """The live object; `None` when it does not exist."""
    at: datetime
    named: Mapping[Ref, Json] = field(default_factory=dict)
    """Other objects that the action names; those that do not exist are left out."""
    lists: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """All objects of a kind in the target's namespace, or of the cluster for Node."""

    def of(self, kind: str) -> tuple[Json, ...]:
        """The objects of a kind that were read along."""
        return self.lists.get(kind, ())


@dataclass(frozen=True)
class Draft:
    """What an action wants the target to be."""

    wanted: Json | None
    """The whole object; `None` when it is to be gone."""
    risk: Risk
    undo_text: str
    kubectl: str | None = None
    """The line people would type; `None` where only `kubectl patch` says it."""
    reversible: bool = True
    """False when there is nothing to take back."""
    of: Ref | None = None
    """The object that changes, where it is not the action's target: the Job that is made."""
    back: Change | None = None
    """What takes it back, where that is not the object as it was: the Job that undoes."""


def change_of(ref: Ref, live: Json | None, wanted: Json | None) -> Change:
    """The one request that makes the live object what is wanted."""
    if wanted is None:
        return Change(verb="delete", target=ref)
    if live is None:
        return Change(verb="create", target=ref, body=without_server_fields(wanted))
    return Change(verb="patch", target=ref, body=difference(live, wanted), patch_type="json")


def undo_of(ref: Ref, live: Json | None, after: Json | None) -> Change:
    """The request that restores the live object from what the API server says it will be afterwards.

    `after` is the dry run's answer, so that values which the server spells anew (`0.5` becomes `500m`) are
    expected as they will be found.
    """
    return change_of(ref, after, live)


def without_server_fields(thing: Json) -> dict[str, Any]:
    """The object as one would create it again."""
    copy = deepcopy(dict(thing))
    copy.pop("status", None)
    metadata = copy["metadata"]
    for name in _SERVER_FIELDS:
        metadata.pop(name, None)
    annotations = metadata.get("annotations") or {}
    if annotations.pop(ACTION_ID, None) is not None and not annotations:
        del metadata["annotations"]
    return copy
