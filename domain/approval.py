"""Who decided what, and the one way from an approval to a grant."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.actions import Undo
from domain.base import Value
from domain.proposal import Proposal, Refusal
from domain.terms import Consent, settled


class Verdict(StrEnum):
    """What became of a proposal."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """Replaced by a newer proposal, or overtaken by a change of the world."""


class Approval(Value):
    """The durable, single-use record of the decision on one proposal."""

    proposal_id: str
    digest: str
    """The digest of the proposal that was shown."""
    verdict: Verdict
    decided_by: str | None = None
    """User id, of an approval the last that it took; `rule:NAME`; `None` while pending, or when time decided."""
    decided_at: datetime | None = None
    reason: str = ""
    consents: tuple[Consent, ...] = ()
    """Who has approved so far, first come first; also while it takes more people."""


_SEAL = object()


@dataclass(frozen=True)
class Grant:
    """The right to carry out one approved proposal once. Only `grant` makes it."""

    proposal: Proposal
    approved_by: str
    _seal: object

    def __post_init__(self) -> None:
        if self._seal is not _SEAL:
            raise TypeError("A Grant is made by domain.approval.grant and nothing else.")


def grant(proposal: Proposal, approval: Approval, now: datetime) -> Grant | Refusal:
    """Exchange an approval for a grant, or say why not.

    Expiry bounds the time to decide: an approval given in time is honoured by a late executor only within
    the proposal's own expiry, because the world that was shown grows old either way.
    """
    if approval.verdict is not Verdict.APPROVED or approval.decided_by is None:
        return Refusal(rule="not-approved", reason=f"The proposal is {approval.verdict}, not approved.")
    if approval.proposal_id != proposal.id:
        return Refusal(rule="other-proposal", reason="The approval belongs to another proposal; ask again.")
    if approval.digest != proposal.digest or proposal.computed_digest() != proposal.digest:
        return Refusal(rule="digest", reason="The proposal is not the one that was shown; propose it anew.")
    if now >= proposal.expires_at:
        return Refusal(rule="expired", reason="The proposal has expired; ask AOI to look again.")
    terms = proposal.terms
    if terms is not None and terms.by_rule and not isinstance(proposal.plan.action, Undo):
        reason = "A rule by itself lets nothing happen but an undo; ask AOI to look again."
        return Refusal(rule="not-an-undo", reason=reason)
    if terms is not None and (short := settled(terms, proposal.proposed_by, approval.consents)) is not None:
        return Refusal(rule=short.rule, reason=f"{short.reason} Ask AOI to look again.")
    return Grant(proposal=proposal, approved_by=approval.decided_by, _seal=_SEAL)
