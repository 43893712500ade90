"""The proposal card: what exactly would change, why, how risky it is, and who decides until when."""

from datetime import datetime
from typing import assert_never

from bot.cards.blocks import Block, Place, actions, button, context, fields, message, paragraphs, section
from bot.cards.diff import MOST_LINES, MOST_OF_HIGH_RISK, readable
from bot.cards.editing import editable
from bot.cards.reading import cited, finding_blocks, people
from bot.cards.terms import actable, consent_lines, terms_fact
from bot.cards.text import clock, code, cut, escape, mention, minutes, prose
from bot.cards.words import RISK, action_words
from bot.names import Card, Press
from domain.actions import Risk
from domain.approval import Approval, Verdict
from domain.journal import Trajectory
from domain.ports import Message
from domain.proposal import Proposal

MOST_REASONS = 5


def proposal_card(trajectory: Trajectory, proposal: Proposal, place: Place, now: datetime) -> Message:
    """The card of one proposal; its buttons go with the decision or the expiry."""
    state, decision = _state(trajectory, proposal, now)
    title = action_words(proposal.plan.action)
    blocks: list[Block] = [
        section(f"🛠️ *Proposed: {title}*\n{decision or prose(cut(proposal.why, 500), people(trajectory))}"),
        *([] if decision else _reasons(trajectory, proposal)),
        *_change(proposal),
        _facts(proposal, waiting=not decision),
        *([] if decision else _terms(trajectory, proposal)),
        context(f"Same as: {code(proposal.plan.kubectl, 600)}"),
    ]
    if not decision:
        blocks.append(_buttons(proposal))
    return message(Card.PROPOSAL.key(proposal.id), place, f"Proposed: {title} ({state})", blocks)


def _state(trajectory: Trajectory, proposal: Proposal, now: datetime) -> tuple[str, str]:
    """The state in a word, and the decision in words; empty while a decision can be made."""
    ruling = trajectory.rulings.get(proposal.id)
    if ruling is not None and ruling.verdict is not Verdict.PENDING:
        return ruling.verdict.value, ruling_words(ruling, proposal)
    if now >= proposal.expires_at:
        return "expired", f"⌛ *Expired* at {clock(proposal.expires_at)} without a decision, nothing was changed."
    return "waiting for Approve or Reject", ""


def ruling_words(ruling: Approval, proposal: Proposal) -> str:
    """The decision, who made it and when."""
    who = mention(ruling.decided_by)
    when = f" at {clock(ruling.decided_at)}" if ruling.decided_at else ""
    reason = f"\n> {escape(cut(' '.join(ruling.reason.split()), 500))}" if ruling.reason.strip() else ""
    match ruling.verdict:
        case Verdict.APPROVED:
            return f"👍 *Approved* by {who}{when}{reason}"
        case Verdict.REJECTED:
            return f"🚫 *Rejected* by {who}{when}, nothing was changed.{reason}"
        case Verdict.EXPIRED:
            return f"⌛ *Expired* at {clock(proposal.expires_at)} without a decision, nothing was changed."
        case Verdict.SUPERSEDED:
            by = f" by {who}" if ruling.decided_by else ""
            return f"↪️ *Replaced*{by}{when}, nothing was changed.{reason}"
        case Verdict.PENDING:
            return "Waiting for a decision."
        case _:
            assert_never(ruling.verdict)


def _terms(trajectory: Trajectory, proposal: Proposal) -> list[Block]:
    lines = consent_lines(proposal, trajectory.rulings.get(proposal.id))
    return paragraphs(lines) if lines else []


def _reasons(trajectory: Trajectory, proposal: Proposal) -> list[Block]:
    blocks = finding_blocks(cited(trajectory, proposal.cites), trajectory.incident.id, MOST_REASONS)
    return [section("*Why*"), *blocks] if blocks else []


def _change(proposal: Proposal) -> list[Block]:
    most = MOST_OF_HIGH_RISK if proposal.plan.risk is Risk.HIGH else MOST_LINES
    lines = readable(proposal.plan.diff, most)
    if not lines:
        return paragraphs(["*What would change*", "No field differs; the action itself is the change."])
    return paragraphs(["*What would change* (the cluster's own dry run)", *lines])


def _facts(proposal: Proposal, waiting: bool) -> Block:
    lifetime = minutes((proposal.expires_at - proposal.created_at).total_seconds())
    until = [("Decide until", f"{clock(proposal.expires_at)} ({lifetime} after it was asked)")] if waiting else []
    terms = terms_fact(proposal)
    return fields(
        ("Risk", RISK[proposal.plan.risk]),
        ("Undo", escape(proposal.plan.undo_text) or "Cannot be taken back."),
        *until,
        *([terms] if terms and waiting else []),
        ("Proposed by", mention(proposal.proposed_by)),
    )


def _buttons(proposal: Proposal) -> Block:
    buttons = [button("Approve", Press.APPROVE, proposal.id, "primary")] if actable(proposal) else []
    buttons.append(button("Reject", Press.REJECT, proposal.id, "danger"))
    if editable(proposal.plan.action):
        buttons.append(button("Edit", Press.EDIT, proposal.id))
    if actable(proposal) and proposal.terms is not None and proposal.terms.glass:
        buttons.append(button("Break glass", Press.GLASS, proposal.id))
    return actions(*buttons)
