"""Who may decide. Asked at the click, never at the time the card was drawn; without an answer it is no."""

from dataclasses import dataclass, field

from bot.cards.terms import named
from bot.cards.text import escape
from bot.slack import Slack
from domain.errors import AoiError, Misconfigured
from domain.judge import changed_terms, subject_of, terms_of, timely
from domain.policy import WritePolicy
from domain.ports import Clock
from domain.proposal import Proposal, Refusal
from domain.terms import ANYONE, GROUP, USER, Mode, Terms, may_be, own

_FRESH_SECONDS = 300.0
"""How long the members of a group are believed."""


@dataclass(frozen=True)
class Allowed:
    """This person may."""


@dataclass(frozen=True)
class Denied:
    """This person may not; `words` say why and who may."""

    rule: str
    words: str


def check_safe(policy: WritePolicy, demo: bool) -> None:
    """Refuse a policy that lets anybody approve, but for the demo; one without approvers is safe.

    Raises:
        Misconfigured: says what would be right.
    """
    if not demo and any(ANYONE in rule.approvers for rule in policy.rules):
        raise Misconfigured("AOI_APPROVERS is `*`, which only the demo takes; name user or group ids.")


@dataclass
class Approvers:
    """The policy, with the members of the groups as Slack last told them."""

    policy: WritePolicy
    slack: Slack
    clock: Clock
    _groups: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    async def may_approve(self, user: str, proposal: Proposal) -> Allowed | Denied:
        """Whether this user's yes to this proposal counts, now."""
        terms = self._terms(proposal)
        if isinstance(terms, Denied):
            return terms
        risk = proposal.plan.risk
        if own(terms, proposal.proposed_by, user):
            return Denied(
                "two-people", f"You asked for this {risk} risk change yourself; somebody else must approve it."
            )
        answer = await self._among(user, terms.approvers, terms)
        late = timely(self.policy, subject_of(proposal.plan.action, risk), self.clock.now())
        if isinstance(answer, Denied) or late is None:
            return answer
        glass = " In an emergency you may break the glass." if may_be(user, terms.glass) else ""
        return Denied(late.rule, f"{escape(late.reason)}{glass} Nothing was changed.")

    async def may_break_glass(self, user: str, proposal: Proposal) -> Allowed | Denied:
        """Whether this user may approve alone and at any time, with a reason."""
        terms = self._terms(proposal)
        if isinstance(terms, Denied):
            return terms
        if not terms.glass:
            return Denied(
                "no-glass", f"The rule “{escape(terms.rule)}” has no glass to break. Nothing was changed."
            )
        return await self._among(user, terms.glass, terms)

    async def may_edit(self, user: str, proposal: Proposal) -> Allowed | Denied:
        """Whether this user may put another action in its place; that one asks for approvals of its own."""
        terms = terms_of(self.policy, subject_of(proposal.plan.action, proposal.plan.risk))
        if isinstance(terms, Refusal):
            return Denied(terms.rule, f"{escape(terms.reason)} Nothing was changed.")
        everybody = terms.approvers if terms.mode is Mode.APPROVE else self.policy.approvers
        return await self._among(user, everybody, terms)

    async def may_teach(self, user: str) -> Allowed | Denied:
        """Whether this user may have AOI trained, promote what came of it, and change lessons."""
        answer = await self._among(user, self.policy.teachers)
        if isinstance(answer, Denied) and answer.rule == "not-an-approver":
            words = f"You may not decide what AOI learns; ask {named(self.policy.teachers)}. Nothing was changed."
            return Denied("not-a-teacher", words)
        return answer

    def _terms(self, proposal: Proposal) -> Terms | Denied:
        """The terms as the policy has them now; they must be those that were shown."""
        terms = terms_of(self.policy, subject_of(proposal.plan.action, proposal.plan.risk))
        if isinstance(terms, Refusal):
            return Denied(terms.rule, f"{escape(terms.reason)} Nothing was changed.")
        changed = changed_terms(self.policy, proposal, proposal.plan.risk)
        if proposal.terms is not None and changed is not None:
            return Denied(changed.rule, f"{escape(changed.reason)} Nothing was changed.")
        if terms.mode is not Mode.APPROVE:
            only = f"The rule “{escape(terms.rule)}” lets me only show this change; do it by hand."
            return Denied("dry-run-only", f"{only} Nothing was changed.")
        return terms

    async def _among(self, user: str, wanted: tuple[str, ...], terms: Terms | None = None) -> Allowed | Denied:
        if not USER.fullmatch(user):
            return Denied("nobody", "Slack did not say who you are, so I take no approval; try again.")
        if user in wanted or ANYONE in wanted:
            return Allowed()
        silent = False
        for group in (entry for entry in wanted if GROUP.fullmatch(entry)):
            members = await self._members(group)
            if members is not None and user in members:
                return Allowed()
            silent = silent or members is None
        if silent:
            return Denied(
                "group-unknown",
                "Slack does not tell me who the approvers are now, so I take no approval; try again.",
            )
        rule = f"; that says the rule “{escape(terms.rule)}”" if terms and terms.rule else ""
        return Denied(
            "not-an-approver", f"You may not approve this; ask {named(wanted)}{rule}. Nothing was changed."
        )

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
