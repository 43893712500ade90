"""The terms of a proposal on its card: who may approve, how many it takes, who has, and what else holds."""

from bot.cards.text import clock, escape, mention
from domain.approval import Approval
from domain.proposal import Proposal
from domain.terms import GROUP, TERMINAL, Mode, Terms, settled


def named(entries: tuple[str, ...]) -> str:
    """The approvers as Slack shows people and groups; who sits at a terminal is none of its business."""
    here = [entry for entry in entries if not entry.startswith(TERMINAL)]
    if not here:
        return "whoever runs me to name approvers in AOI_APPROVERS or AOI_POLICY_FILE"
    return ", ".join(f"<!subteam^{entry}>" if GROUP.fullmatch(entry) else mention(entry) for entry in here)


def actable(proposal: Proposal) -> bool:
    """Whether an approval can make it happen at all."""
    return proposal.terms is None or proposal.terms.mode is Mode.APPROVE


def terms_fact(proposal: Proposal) -> tuple[str, str] | None:
    """Title and words; `None` for a proposal that no policy was asked about."""
    terms = proposal.terms
    if terms is None:
        return None
    if not actable(proposal):
        return "Dry run only", f"The rule “{escape(terms.rule)}” lets me show this and never do it; do it by hand."
    who = named(terms.approvers)
    count = f"{terms.need} different people of " if terms.need > 1 else ""
    asker = _asker(terms, proposal.proposed_by)
    return "Who may approve", f"{count}{who}{asker} (rule “{escape(terms.rule)}”)"


def consent_lines(proposal: Proposal, approval: Approval | None) -> list[str]:
    """Who has approved so far, and what else holds."""
    terms = proposal.terms
    if terms is None:
        return []
    lines = [f"• {escape(condition)}." for condition in terms.conditions]
    consents = approval.consents if approval else ()
    if consents:
        short = settled(terms, proposal.proposed_by, consents)
        who = ", ".join(f"{mention(consent.user)} at {clock(consent.at)}" for consent in consents)
        lines.insert(0, f"👍 *{terms.need - (short.missing if short else 0)} of {terms.need} approvals*: {who}")
    return lines


def _asker(terms: Terms, asker: str) -> str:
    """Says so when who asked is a person and does not count."""
    person = mention(asker)
    return f", not {person}" if person.startswith("<@") and not terms.self_approval else ""
