"""The desk: what a click on a proposal comes to. It names an outcome; the listener only says it."""

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
AGAIN_SECONDS = 5.0
"""After so long the same click of the same person is a new one."""
_MOST_ID = 80
"""Characters of an id that somebody else made up."""


@dataclass(frozen=True)
class Done:
    """The click decided, or is the deciding one over again."""


@dataclass(frozen=True)
class Not:
    """The click changed nothing, or did not change all; `words` say why, for that person alone."""

    rule: str
    words: str


UNKNOWN = Not(
    "unknown",
    "I do not know this proposal, so nothing was done. It may come from another AOI or from before a reset; "
    "mention me again to look anew.",
)
ELSEWHERE = Not(
    "other-channel",
    "This proposal belongs to another channel, so your click changed nothing; decide on it where it was asked.",
)


@dataclass(frozen=True)
class Clicker:
    """Who pressed, and in which channel; as Slack says."""

    user: str
    channel: str


@dataclass(frozen=True)
class Desk:
    """Whatever a payload claims is only an id here; who may do what is looked up.

    Every click that is refused is put on record.
    """

    service: Service
    approvals: Approvals
    journal: Journal
    approvers: Approvers
    clock: Clock
    redact: Callable[[str], str]
    audit: Audit

    async def approve(self, proposal_id: str, by: Clicker) -> Done | Not:
        """Let it happen, when this person may."""
        proposal = await self._found(proposal_id, by, "approve")
        if isinstance(proposal, Not):
            return proposal
        answer = await self.approvers.may_approve(by.user, proposal)
        if isinstance(answer, Denied):
            return await self._denied(proposal, by.user, "approve", answer)
        decided = await self.service.decide(proposal_id, Verdict.APPROVED, by.user)
        return await self._outcome(decided, proposal, Verdict.APPROVED, by, "approve")

    async def break_glass(self, proposal_id: str, by: Clicker, reason: str) -> Done | Not:
        """Let it happen on one person's word, past windows and freezes, when the rule allows this person to."""
        deed = "break the glass of"
        proposal = await self._found(proposal_id, by, deed)
        if isinstance(proposal, Not):
            return proposal
        words = self.redact(cut(reason.strip(), _MOST_REASON))
        answer: Allowed | Denied = await self.approvers.may_break_glass(by.user, proposal)
        if isinstance(answer, Allowed) and not words:
            answer = Denied("no-reason", "Breaking the glass takes a reason. Nothing was changed.")
        if isinstance(answer, Denied):
            return await self._denied(proposal, by.user, deed, answer)
        decided = await self.service.decide(proposal_id, Verdict.APPROVED, by.user, words, glass=True)
        return await self._outcome(decided, proposal, Verdict.APPROVED, by, deed)

    async def reject(self, proposal_id: str, by: Clicker, reason: str) -> Done | Not:
        """Stop it. Anybody in the channel may: nothing happens by it."""
        proposal = await self._found(proposal_id, by, "reject")
        if isinstance(proposal, Not):
            return proposal
        words = self.redact(cut(reason.strip(), _MOST_REASON))
        decided = await self.service.decide(proposal_id, Verdict.REJECTED, by.user, words)
        return await self._outcome(decided, proposal, Verdict.REJECTED, by, "reject")

    async def edit(self, proposal_id: str, by: Clicker, answers: Mapping[str, str | None]) -> Done | Not:
        """Put an edited action in its place, which asks for an approval of its own.

        Raises:
            BadInput: an answer does not fit.
        """
        proposal = await self._found(proposal_id, by, "edit")
        if isinstance(proposal, Not):
            return proposal
        answer = await self.approvers.may_edit(by.user, proposal)
        if isinstance(answer, Denied):
            return await self._denied(proposal, by.user, "edit", answer)
        action = edited(proposal.plan.action, answers)
        decided = await self.service.edit(proposal_id, action, by.user)
        return await self._outcome(decided, proposal, Verdict.SUPERSEDED, by, "edit")

    async def waiting(self, proposal_id: str, by: Clicker) -> Proposal | Not:
        """The proposal, when there is still something to decide."""
        proposal = await self._found(proposal_id, by, "open")
        if isinstance(proposal, Not):
            return proposal
        approval = await self.approvals.approval(proposal_id)
        assert approval is not None
        if approval.verdict is not Verdict.PENDING:
            return await self._refused(proposal, by.user, "open", _late(approval, proposal))
        if self.clock.now() >= proposal.expires_at:
            expired = Not("expired", "This proposal has expired. Mention me to look again.")
            return await self._refused(proposal, by.user, "open", expired)
        return proposal

    async def _found(self, proposal_id: str, by: Clicker, deed: str) -> Proposal | Not:
        """The proposal, for a click in the channel that it was put to."""
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return await self._unknown(proposal_id, by.user, deed)
        trajectory = await self.service.trajectory(proposal.incident_id)
        home = trajectory.incident.origin.channel if trajectory else ""
        if home and by.channel != home:
            return await self._refused(proposal, by.user, f"{deed} from another channel", ELSEWHERE)
        return proposal

    async def _denied(self, proposal: Proposal, user: str, deed: str, answer: Denied) -> Not:
        """This person may not; the thread shows it, too."""
        tried = f"tried to {deed} proposal {proposal.revision} and may not ({answer.rule})."
        key = f"denied:{deed}:{proposal.id}:{user}:{answer.rule}"
        note = Noted(by="aoi", text=f"@{user} {tried}")
        await self.journal.append(proposal.incident_id, key, self.clock.now(), note)
        return await self._refused(proposal, user, deed, Not(answer.rule, answer.words))

    async def _outcome(
        self, decided: Decided | None, proposal: Proposal, wanted: Verdict, by: Clicker, deed: str
    ) -> Done | Not:
        if decided is None:
            return await self._unknown(proposal.id, by.user, deed)
        approval = decided.approval
        if decided.won or self._again(approval, wanted, by.user):
            return Done()
        if approval.verdict is Verdict.PENDING and wanted is Verdict.APPROVED:
            return _counted(approval, proposal)
        return await self._refused(proposal, by.user, deed, _lost(approval, proposal, wanted, by.user))

    def _again(self, approval: Approval, wanted: Verdict, user: str) -> bool:
        """A nervous finger, or a payload that reaches us twice: one decision, and nothing to be told."""
        if approval.verdict is not wanted or approval.decided_by != user or approval.decided_at is None:
            return False
        return (self.clock.now() - approval.decided_at).total_seconds() < AGAIN_SECONDS

    async def _unknown(self, proposal_id: str, user: str, deed: str) -> Not:
        log.warning("User %r tried to %s a proposal that is not known.", user, deed)
        said = f"{user} tried to {deed} a proposal that is not known: {self.redact(cut(proposal_id, _MOST_ID))!r}."
        await self.audit.append(
            Record(deed=Deed.DENIED, by=user, at=self.clock.now(), rule=UNKNOWN.rule, detail=said)
        )
        return UNKNOWN

    async def _refused(self, proposal: Proposal, user: str, deed: str, no: Not) -> Not:
        """Put on record that this click was refused, and why."""
        record = Record(
            deed=Deed.DENIED,
            by=user,
            at=self.clock.now(),
            incident_id=proposal.incident_id,
            proposal_id=proposal.id,
            digest=proposal.digest,
            rule=no.rule,
            detail=f"{user} tried to {deed} proposal {proposal.revision}; it was refused ({no.rule}).",
        )
        await self.audit.append(record)
        return no


def _lost(approval: Approval, proposal: Proposal, wanted: Verdict, user: str) -> Not:
    """Why a click that came to a decision did not decide."""
    words = ruling_words(approval, proposal)
    if approval.verdict is Verdict.EXPIRED:
        return Not("expired", f"{words} Mention me to look again.")
    if approval.verdict is wanted and approval.decided_by == user:
        return Not("repeated", f"{words}\nThat was you already; it counts once.")
    if approval.verdict is Verdict.SUPERSEDED and wanted is Verdict.APPROVED:
        return Not("superseded", f"{words}\nYour click changed nothing; look at the new proposal.")
    return _late(approval, proposal)


def _late(approval: Approval, proposal: Proposal) -> Not:
    return Not("late", f"{ruling_words(approval, proposal)}\nYour click changed nothing.")


def _counted(approval: Approval, proposal: Proposal) -> Not:
    """This yes counts, and is not enough yet."""
    short = settled(proposal.terms, proposal.proposed_by, approval.consents) if proposal.terms else None
    missing = short.missing if short else 0
    more = f"{missing} more {'person' if missing == 1 else 'people'} must approve as well"
    return Not("more-needed", f"Your approval counts; {more} before anything is changed.")
