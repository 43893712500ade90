"""The result card: whether it helped, what was changed, how to take it back."""

from typing import assert_never

from bot.cards.blocks import Block, Place, actions, button, context, message, paragraphs, section
from bot.cards.feedback import thumb_buttons, thumb_lines
from bot.cards.reading import newest_done, people
from bot.cards.text import clock, code, cut, escape, mention, minutes, prose
from bot.cards.words import HELPED, action_words
from bot.names import OUTCOME, Card, Press
from domain.actions import Undo
from domain.approval import Approval
from domain.execution import Effect, Execution, Verification
from domain.incident import Status
from domain.journal import Trajectory
from domain.ports import Message
from domain.proposal import Proposal


def result_card(trajectory: Trajectory, proposal: Proposal, execution: Execution, place: Place) -> Message:
    """The card of one executed proposal; it takes thumbs when it is how the run ended."""
    verified = trajectory.verifications.get(proposal.id)
    headline = _headline(proposal, execution, verified)
    blocks: list[Block] = [
        section(f"*{headline}*\n{_detail(trajectory, execution, verified)}"),
        *_changed(proposal, execution, trajectory.rulings.get(proposal.id)),
    ]
    told_here = trajectory.incident.status is Status.RESOLVED and newest_done(trajectory) == proposal.id
    buttons: list[Block] = []
    if execution.effect is Effect.DONE and proposal.plan.undo is not None and not _undone(trajectory, proposal):
        buttons.append(button("Undo", Press.UNDO, proposal.id))
    if told_here:
        buttons += thumb_buttons(trajectory.incident.id, OUTCOME)
        blocks += thumb_lines(trajectory, OUTCOME)
    if buttons:
        blocks.append(actions(*buttons))
    text = f"{headline}: {action_words(proposal.plan.action)}"
    return message(Card.RESULT.key(proposal.id), place, text, blocks)


def _headline(proposal: Proposal, execution: Execution, verified: Verification | None) -> str:
    if execution.effect is not Effect.DONE:
        return _effect(execution.effect)
    if isinstance(proposal.plan.action, Undo):  # it is to bring back what was, which is seldom a repair
        return "↩️ Taken back" if verified else "↩️ Taken back, now looking how it is"
    return HELPED[verified.improvement] if verified else "⚙️ Done, now watching whether it helps"


def _effect(effect: Effect) -> str:
    match effect:
        case Effect.REQUESTED | Effect.INTENDED:
            return "⚙️ Approved, being carried out"
        case Effect.DONE:
            return "⚙️ Done"
        case Effect.REFUSED:
            return "🛑 Not done: a check refused it, nothing was changed"
        case Effect.FAILED:
            return "🛑 Not done: the cluster refused it, nothing was changed"
        case Effect.UNKNOWN:
            return "⚠️ It cannot be told whether the change happened. Please look at the cluster"
        case _:
            assert_never(effect)


def _detail(trajectory: Trajectory, execution: Execution, verified: Verification | None) -> str:
    if verified is None:
        return prose(cut(execution.detail, 600), people(trajectory))
    watched = f"Watched for {minutes(verified.seconds)}."
    fresh = f" ⚠️ New: {escape(', '.join(verified.new[:3]))}." if verified.new else ""
    return f"{escape(cut(verified.detail, 800))} {watched}{fresh}"


def _changed(proposal: Proposal, execution: Execution, ruling: Approval | None) -> list[Block]:
    words = action_words(proposal.plan.action)
    if execution.effect is not Effect.DONE:
        return paragraphs([f"*What was asked*: {words}"])
    when = f" at {clock(execution.finished_at)}" if execution.finished_at else ""
    who = f", approved by {mention(ruling.decided_by)}" if ruling else ""
    return [
        *paragraphs([f"*What changed*: {words}{when}{who}"]),
        context(f"Same as: {code(proposal.plan.kubectl, 600)}\nUndo: {escape(proposal.plan.undo_text)}"),
    ]


def _undone(trajectory: Trajectory, proposal: Proposal) -> bool:
    """Whether an undo of it waits or was carried out; one that was rejected can be asked for again."""
    done = {key for key, execution in trajectory.executions.items() if execution.effect is Effect.DONE}
    waits = trajectory.pending.id if trajectory.pending else None
    undos = [(p.id, p.plan.action) for p in trajectory.proposals]
    return any(
        isinstance(action, Undo) and action.proposal_id == proposal.id and key in {*done, waits}
        for key, action in undos
    )
