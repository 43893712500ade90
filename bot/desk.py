"""The desk: decisions of people, checked at the click and committed before the ack."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.approvers import Allowed, Approvers, Denied
from bot.cards.editing import edited
from bot.cards.proposal import ruling_words
from bot.cards.text import cut
from bot.ports import Service
from domain.approval import Approval, Verdict
from domain.audit import Deed, Record
from domain.journal import Noted
from domain.ports import Approvals, Audit, Clock, Decided, Journal
from domain.proposal import Proposal
from domain.terms import settled

log = logging.getLogger(__name__)

_MOST_REASON = 1_000


@dataclass(frozen=True)
class Done:
    """The click decided, or repeats what the same person decided before."""


@dataclass(frozen=True)
class Not:
    """The click changed nothing; `words` say why, for that person alone."""

    rule: str
    words: str


UNKNOWN = Not(
    "unknown",
    "I do not know this proposal, so nothing was done. It may come from another AOI or from before a reset; "
    "mention me again to look anew.",
)


@dataclass(frozen=True)
class Desk:
    """Whatever a payload claims is only an id here; who may do what is looked up."""

    service: Service
    approvals: Approvals
    journal: Journal
    approvers: Approvers
    clock: Clock
    redact: Callable[[str], str]
    audit: Audit

    async def approve(self, proposal_id: str, user: str) -> Done | Not:
        """Let it happen, when this person may."""
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return self._unknown("approve", user)
        answer = await self.approvers.may_approve(user, proposal)
        if isinstance(answer, Denied):
            return await self._denied(proposal, user, "approve", answer)
        decided = await self.service.decide(proposal_id, Verdict.APPROVED, user)
        return self._outcome(decided, proposal, Verdict.APPROVED, user)

    async def break_glass(self, proposal_id: str, user: str, reason: str) -> Done | Not:
        """Let it happen on one person's word, past windows and freezes, when the rule allows this person to."""
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return self._unknown("break the glass of", user)
        words = self.redact(cut(reason.strip(), _MOST_REASON))
        answer: Allowed | Denied = await self.approvers.may_break_glass(user, proposal)
        if isinstance(answer, Allowed) and not words:
            answer = Denied("no-reason", "Breaking the glass takes a reason. Nothing was changed.")
        if isinstance(answer, Denied):
            return await self._denied(proposal, user, "break the glass of", answer)
        decided = await self.service.decide(proposal_id, Verdict.APPROVED, user, words, glass=True)
        return self._outcome(decided, proposal, Verdict.APPROVED, user)

    async def reject(self, proposal_id: str, user: str, reason: str) -> Done | Not:
        """Stop it. Anybody in the channel may: nothing happens by it."""
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return self._unknown("reject", user)
        words = self.redact(cut(reason.strip(), _MOST_REASON))
        decided = await self.service.decide(proposal_id, Verdict.REJECTED, user, words)
        return self._outcome(decided, proposal, Verdict.REJECTED, user)

    async def edit(self, proposal_id: str, user: str, answers: Mapping[str, str | None]) -> Done | Not:
        """Put an edited action in its place, which asks for an approval of its own.

        Raises:
            BadInput: an answer does not fit.
        """
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return self._unknown("edit", user)
        answer = await self.approvers.may_edit(user, proposal)
        if isinstance(answer, Denied):
            return await self._denied(proposal, user, "edit", answer)
        action = edited(proposal.plan.action, answers)
        decided = await self.service.edit(proposal_id, action, user)
        return self._outcome(decided, proposal, Verdict.SUPERSEDED, user)

    async def waiting(self, proposal_id: str, user: str) -> Proposal | Not:
        """The proposal, when there is still something to decide."""
        proposal = await self.approvals.proposal(proposal_id)
        approval = await self.approvals.approval(proposal_id)
        if proposal is None or approval is None:
            return self._unknown("open", user)
        if approval.verdict is not Verdict.PENDING:
            return Not("late", f"{ruling_words(approval, proposal)}\nYour click changed nothing.")
        if self.clock.now() >= proposal.expires_at:
            return Not("expired", "This proposal has expired. Mention me to look again.")
        return proposal

    async def _denied(self, proposal: Proposal, user: str, deed: str, answer: Denied) -> Not:
        """Put on record that this person tried and may not."""
        at, tried = self.clock.now(), f"tried to {deed} proposal {proposal.revision} and may not ({answer.rule})."
        key = f"denied:{deed}:{proposal.id}:{user}:{answer.rule}"
        await self.journal.append(proposal.incident_id, key, at, Noted(by="aoi", text=f"@{user} {tried}"))
        await self.audit.append(
            Record(
                deed=Deed.DENIED,
                by=user,
                at=at,
                incident_id=proposal.incident_id,
                proposal_id=proposal.id,
                digest=proposal.digest,
                rule=answer.rule,
                detail=f"{user} {tried}",
            )
        )
        return Not(answer.rule, answer.words)

    def _outcome(self, decided: Decided | None, proposal: Proposal, wanted: Verdict, user: str) -> Done | Not:
        if decided is None:
            return self._unknown(wanted.value, user)
        approval = decided.approval
        if approval.verdict is Verdict.EXPIRED:
            return Not("expired", f"{ruling_words(approval, proposal)} Mention me to look again.")
        if approval.verdict is Verdict.PENDING and wanted is Verdict.APPROVED:
            return _counted(approval, proposal)
        # The same click twice (a double press, a delivery repeated by Slack) is one decision, not a lost one.
        if decided.won or (approval.verdict is wanted and approval.decided_by == user):
            return Done()
        return Not("late", f"{ruling_words(approval, proposal)}\nYour click changed nothing.")

    def _unknown(self, deed: str, user: str) -> Not:
        log.warning("User %r tried to %s a proposal that is not known.", user, deed)
        return UNKNOWN


def _counted(approval: Approval, proposal: Proposal) -> Not:
    """This yes counts, and is not enough yet."""
    short = settled(proposal.terms, proposal.proposed_by, approval.consents) if proposal.terms else None
    missing = short.missing if short else 0
    more = f"{missing} more {'person' if missing == 1 else 'people'} must approve as well"
    return Not("more-needed", f"Your approval counts; {more} before anything is changed.")
