"""The terms of one proposal: which rule decided, who may approve it, how many of them, and when that is enough.

They are part of what the card shows, so they lie under the proposal's digest: nobody can change them afterwards.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.base import Value

ANYONE = "*"
"""Everybody in the channel; only before a local Slack."""
TERMINAL = "terminal"
"""Whoever asks at a terminal where AOI's own credentials lie; `terminal:NAME` is one of them."""
RULE = "rule"
"""`rule:NAME` is the policy itself."""
USER = re.compile(r"[UW][A-Z0-9]{2,}")
GROUP = re.compile(r"S[A-Z0-9]{2,}")
PERSON_AT_TERMINAL = re.compile(r"terminal(:[^\s:]+)?")


class Mode(StrEnum):
    """What a rule lets AOI do."""

    APPROVE = "approve"
    """Act once enough people approved."""
    DRY_RUN = "dry-run"
    """Show what would change, and never do it."""
    REFUSE = "refuse"
    """Not even propose it."""


class Undoing(StrEnum):
    """What becomes of a change that did not help."""

    ASK = "ask"
    """Taking it back is proposed like any other write."""
    AT_ONCE = "at-once"
    """It is taken back without asking."""


class Consent(Value):
    """One person's yes to one proposal."""

    user: str
    at: datetime
    glass: bool = False
    """Given by breaking the glass: in an emergency, alone, with a reason."""
    reason: str = ""


class Terms(Value):
    """What the policy asks for before a proposal may happen."""

    rule: str
    """Name of the rule that decided."""
    mode: Mode
    approvers: tuple[str, ...]
    """Ids of users (`U…`) and user groups (`S…`), `terminal:NAME`, or one of the words above."""
    need: Annotated[int, Field(ge=1)] = 1
    """How many different people must approve."""
    self_approval: bool = False
    """Whether who asked for the write may be one of them."""
    glass: tuple[str, ...] = ()
    """Who may break the glass; empty for nobody."""
    undo: Undoing = Undoing.ASK
    """What becomes of it when it does not help."""
    by_rule: bool = False
    """Whether the rule itself approves: only ever the taking back of a change that did not help."""
    conditions: tuple[str, ...] = ()
    """What else holds, as sentences: windows, freezes, limits."""


class Unsettled(Value):
    """Why the consents so far do not carry a write."""

    rule: str
    reason: str
    missing: int
    """How many more people it takes; 0 when more people would not help."""


def settled(terms: Terms, asker: str, consents: Sequence[Consent]) -> Unsettled | None:
    """`None` when these consents are enough for what `asker` asked for.

    Whether somebody belongs to a group is known at the click alone, where Slack is asked; here a person counts who
    is named, or who may belong to a group that is named.
    """
    if terms.mode is not Mode.APPROVE:
        reason = f"The rule “{terms.rule}” lets AOI only show this change; do it by hand."
        return Unsettled(rule="dry-run-only", reason=reason, missing=0)
    if terms.by_rule:
        if any(c.user == rule_name(terms.rule) for c in consents):
            return None
        return Unsettled(rule="not-by-rule", reason=f"The rule “{terms.rule}” has not decided this.", missing=0)
    if any(c.glass and c.reason.strip() and may_be(c.user, terms.glass) for c in consents):
        return None
    people = {c.user for c in consents if may_be(c.user, terms.approvers) and not own(terms, asker, c.user)}
    if len(people) >= terms.need:
        return None
    missing = terms.need - len(people)
    reason = f"{len(people)} of {terms.need} approvals that the rule “{terms.rule}” asks for; {missing} missing."
    return Unsettled(rule="too-few-approvals", reason=reason, missing=missing)


def rule_name(rule: str) -> str:
    """Who approves in the name of a rule; no person and no terminal is called so."""
    return f"{RULE}:{rule}"


def own(terms: Terms, asker: str, user: str) -> bool:
    """Whether it would be an approval of one's own wish that the rule does not allow."""
    return user == asker and not terms.self_approval


def may_be(user: str, approvers: Sequence[str]) -> bool:
    """Whether this person can be among the approvers: named, or possibly a member of a group."""
    if is_named(user, approvers):
        return True
    return bool(USER.fullmatch(user)) and any(GROUP.fullmatch(entry) for entry in approvers)


def is_named(user: str, approvers: Sequence[str]) -> bool:
    """Whether this person is among the approvers whatever the groups hold."""
    at_terminal = user.startswith(f"{TERMINAL}:")
    return user in approvers or ANYONE in approvers or (at_terminal and TERMINAL in approvers)
