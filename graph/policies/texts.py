"""The playbook's table: what it knows and says about each cause and each action."""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import model_validator

from domain.actions import Action
from domain.base import Value
from domain.diagnosis import Cause, FaultType, Hypothesis, SystemLevel

_TABLE = Path(__file__).with_name("playbook.yaml")


class Confirm(StrEnum):
    """Looks that can confirm a suspicion."""

    LOGS = "logs"
    LOGS_PREVIOUS = "logs_previous"
    EVENTS = "events"
    REVISION_DIFF = "revision_diff"
    SERVICE_WIRING = "service_wiring"
    NETWORK_POLICIES = "network_policies"
    VOLUMES = "volumes"
    QUOTAS = "quotas"
    NODES = "nodes"


class CauseText(Value):
    """One row of causes."""

    called: str
    system_level: SystemLevel
    fault_type: FaultType
    by_hand: FaultType | None = None
    """The fault type when no revision brought it; `None` for the same."""
    by_repair: dict[str, FaultType] = {}
    """The fault type where one of these actions repairs it."""
    confirm: tuple[Confirm, ...] = ()
    advice: str


class ActionText(Value):
    """One row of actions."""

    does: str
    why: str
    words: tuple[str, ...]


class Texts(Value):
    """The whole table; complete by construction."""

    causes: dict[Cause, CauseText]
    actions: dict[str, ActionText]
    hands_off: tuple[str, ...]

    @model_validator(mode="after")
    def _complete(self) -> "Texts":
        missing = [cause.value for cause in Cause if cause not in self.causes]
        if missing:
            raise ValueError(f"the playbook's table lacks the causes {', '.join(missing)}; add a row for each")
        return self

    def asks_for(self, text: str, action: Action) -> bool:
        """Whether people call this kind of action by name."""
        return _mentions(text, self.actions[action.action].words)

    def says_hands_off(self, text: str) -> bool:
        """Whether people say that they go on by themselves."""
        return _mentions(text, self.hands_off)

    def fault_type(self, hypothesis: Hypothesis) -> FaultType:
        """The kind of fault, by its cause and by whether a revision brought it."""
        if hypothesis.fault_type is not None:
            return hypothesis.fault_type
        row = self.causes[hypothesis.cause]
        for action in hypothesis.actions:
            if action.action in row.by_repair:
                return row.by_repair[action.action]
        by_revision = any(action.action == "roll_back" for action in hypothesis.actions)
        return row.fault_type if by_revision or row.by_hand is None else row.by_hand

    def system_level(self, hypothesis: Hypothesis) -> SystemLevel:
        """The layer, by its cause."""
        return hypothesis.system_level or self.causes[hypothesis.cause].system_level

    def does(self, action: Action) -> str:
        """The action as a verb: `roll Deployment shop/web back to revision 3`."""
        return self.actions[action.action].does.format(**_fields(action))

    def why(self, action: Action) -> str:
        """Why it should help, in one sentence."""
        return self.actions[action.action].why.format(**_fields(action))


@cache
def load_texts() -> Texts:
    """The table beside this file."""
    return Texts.model_validate(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def _mentions(text: str, phrases: tuple[str, ...]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) for phrase in phrases)


def _fields(action: Action) -> dict[str, Any]:
    fields = {name: getattr(action, name) for name in type(action).model_fields}
    if fields.get("revision", 0) is None:
        fields["revision"] = "the one before"
    if isinstance(command := fields.get("command"), tuple):
        fields["command"] = " ".join(command)
    return fields
