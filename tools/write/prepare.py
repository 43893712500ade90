"""From an action and its scene to the exact request, or the reason why there is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.actions import Action, Change
from domain.base import Json
from domain.errors import BadInput, ClusterConflict, ClusterNotFound
from domain.proposal import Refusal
from tools.write.catalogue import draft_of
from tools.write.change import Draft, Scene, change_of
from tools.write.workload import RESTARTED_AT


@dataclass(frozen=True)
class Prepared:
    """The one request that an action comes to on the objects as they were read."""

    draft: Draft
    change: Change
    live: Json | None
    """The object that changes, as it was read; `None` when it is made."""


def prepare(action: Action, scene: Scene) -> Prepared | Refusal:
    """Draft the action and make it one request. Pure: the same scene gives the same request."""
    try:
        draft = draft_of(action, scene)
    except (BadInput, ClusterConflict, ClusterNotFound) as e:
        return Refusal(rule="impossible", reason=str(e))
    target = draft.of or action.target
    live = scene.target if draft.of is None else scene.named.get(draft.of)
    change = change_of(target, live, draft.wanted)
    if change.verb == "patch" and not change.body:
        return Refusal(rule="no-change", reason=f"{target} is like that already; look for another cause.")
    return Prepared(draft=draft, change=change, live=live)


def stamp_of(change: Change) -> datetime | None:
    """The time that a restart wrote into its patch; `None` for every other change.

    It is the only part of a request that does not follow from the action and the objects.
    """
    found = next(_stamps(change.body), None)
    return datetime.fromisoformat(found) if found else None


def _stamps(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _stamps(item)
    elif isinstance(value, dict):
        path = str(value.get("path", ""))
        if value.get("op") in ("add", "replace") and path.endswith(RESTARTED_AT.replace("/", "~1")):
            yield str(value["value"])
        elif value.get("op") in ("add", "replace", None):
            for key, item in value.items():
                if key == RESTARTED_AT:
                    yield str(item)
                else:
                    yield from _stamps(item)
