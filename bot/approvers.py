"""Who may decide. Asked at the click, never at the time the card was drawn; without an answer it is no."""

import re
from dataclasses import dataclass, field

from bot.cards.text import mention
from bot.slack import Slack
from domain.actions import Risk
from domain.base import Value
from domain.errors import AoiError, Misconfigured
from domain.ports import Clock
from domain.proposal import Proposal

ANYONE = "*"
_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_FRESH_SECONDS = 300.0
"""How long the members of a group are believed."""


class Rules(Value):
    """From the settings. A rejection changes nothing in the cluster, so anybody in the channel may reject."""

    approvers: tuple[str, ...]
    """User ids (`U…`), user group ids (`S…`), or `*` for anyone, which only the demo takes."""
    high_risk: tuple[str, ...] = ()
    """Who may approve what is of high risk; empty for the same people."""
    two_people: tuple[Risk, ...] = (Risk.HIGH,)
    """Risks at which the person who asked for a write may not approve it."""

    def check(self, demo: bool) -> None:
        """Refuse rules that are not safe; empty ones are: nobody may approve then.

        Raises:
            Misconfigured: names the entry and what would be right.
        """
        for entry in (*self.approvers, *self.high_risk):
            if entry == ANYONE and not demo:
                raise Misconfigured("AOI_APPROVERS is `*`, which only the demo takes; name user or group ids.")
            if entry != ANYONE and not (_USER.fullmatch(entry) or _GROUP.fullmatch(entry)):
                raise Misconfigured(f"AOI_APPROVERS has {entry!r}; want a user id (U…) or a user group id (S…).")


@dataclass(frozen=True)
class Allowed:
    """This person may."""


@dataclass(frozen=True)
class Denied:
    """This person may not; `words` say why and who may."""

    rule: str
    words: str


@dataclass
class Approvers:
    """The rules, with the members of the groups as Slack last told them."""

    rules: Rules
    slack: Slack
    clock: Clock
    _groups: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    async def may_approve(self, user: str, proposal: Proposal) -> Allowed | Denied:
        """Whether this user may decide that this proposal happens, now."""
        risk = proposal.plan.risk
        wanted = self.rules.high_risk if risk is Risk.HIGH and self.rules.high_risk else self.rules.approvers
        if risk in self.rules.two_people and user == proposal.proposed_by:
            return Denied(
                "two-people", f"You asked for this {risk} risk change yourself; somebody else must approve it."
            )
        if user in wanted or ANYONE in wanted:
            return Allowed()
        silent = False
        for group in (entry for entry in wanted if _GROUP.fullmatch(entry)):
            members = await self._members(group)
            if members is not None and user in members:
                return Allowed()
            silent = silent or members is None
        if silent:
            return Denied(
                "group-unknown",
                "Slack does not tell me who the approvers are now, so I take no approval; try again.",
            )
        return Denied("not-an-approver", f"You may not approve this; ask {_named(wanted)}. Nothing was changed.")

    async def _members(self, group: str) -> frozenset[str] | None:
        """Members as of the last five minutes, or `None` when Slack does not say: then nobody is one."""
        now = self.clock.monotonic()
        known = self._groups.get(group)
        if known is not None and now - known[0] < _FRESH_SECONDS:
            return known[1]
        try:
            members = await self.slack.members(group)
        except AoiError:
            self._groups.pop(group, None)
            return None
        self._groups[group] = (now, members)
        return members


def _named(entries: tuple[str, ...]) -> str:
    if not entries:
        return "whoever runs me to name approvers in AOI_APPROVERS"
    names = [f"<!subteam^{entry}>" if _GROUP.fullmatch(entry) else mention(entry) for entry in entries]
    return ", ".join(names)
