"""The closing card of a run that ended without a verified repair: handed over, nothing wrong, or broken."""

from bot.cards.blocks import Block, Place, actions, button, context, message, paragraphs, section
from bot.cards.feedback import thumb_buttons, thumb_lines
from bot.cards.reading import cited, entries_of, finding_blocks, people
from bot.cards.text import cut, escape, prose
from bot.cards.words import FACE, STATE, action_words, named
from bot.names import OUTCOME, Card, Press
from domain.actions import Undo
from domain.approval import Verdict
from domain.execution import Effect
from domain.incident import Status
from domain.journal import Broke, Concluded, Entry, Trajectory
from domain.ports import Message
from domain.proposal import Proposal

MOST_FINDINGS = 5


def report_cards(trajectory: Trajectory, place: Place) -> list[Message]:
    """One card for each ending that no result card tells; only the newest carries thumbs."""
    ends = [pair for pair in entries_of(trajectory, Concluded) if not _told_by_result(trajectory, pair[0])]
    newest = trajectory.entries[-1].seq if not trajectory.incident.status.final else ends[-1][0].seq if ends else 0
    cards = [_ending(trajectory, entry, step, place, entry.seq == newest) for entry, step in ends]
    if trajectory.incident.status is Status.FAILED:
        cards += [_broken(trajectory, entry, step, place) for entry, step in entries_of(trajectory, Broke)[-1:]]
    return cards


def _told_by_result(trajectory: Trajectory, end: Entry) -> bool:
    """A resolved run that changed something ends with its result card."""
    changed = any(e.effect is Effect.DONE for e in trajectory.executions.values())
    return isinstance(end.step, Concluded) and end.step.status is Status.RESOLVED and changed


def _ending(trajectory: Trajectory, entry: Entry, step: Concluded, place: Place, newest: bool) -> Message:
    incident_id = trajectory.incident.id
    verdict = escape(cut(step.text, 600))
    advice = prose(cut(step.advice, 800), people(trajectory))
    head = "Nothing is wrong" if not step.diagnosis.anomaly and step.status is Status.RESOLVED else None
    state = head or STATE[step.status].capitalize()
    blocks: list[Block] = [
        section(f"{FACE[step.status]} *{state}*\n{verdict}"),
        *_because(trajectory, step),
        *_tried(trajectory),
        *(paragraphs([f"*What you can do next*\n{advice}"]) if advice else []),
    ]
    if newest:
        blocks += thumb_lines(trajectory, OUTCOME)
        evidence = [button("Show evidence", Press.EVIDENCE, incident_id)] if trajectory.findings else []
        blocks.append(actions(*thumb_buttons(incident_id, OUTCOME), *evidence))
    return message(Card.REPORT.key(incident_id, str(entry.seq)), place, f"{state}: {verdict}", blocks)


def _because(trajectory: Trajectory, step: Concluded) -> list[Block]:
    diagnosis = step.diagnosis
    lines = []
    if diagnosis.anomaly and diagnosis.root_cause not in step.text:
        lines.append(f"*Root cause*: {escape(cut(diagnosis.root_cause, 600))}")
    if diagnosis.components:
        lines.append("*At fault*: " + ", ".join(named(ref) for ref in diagnosis.components[:5]))
    found = finding_blocks(cited(trajectory, diagnosis.cites), trajectory.incident.id, MOST_FINDINGS)
    return [*paragraphs(lines), *found]


def _tried(trajectory: Trajectory) -> list[Block]:
    lines = []
    for proposal in trajectory.proposals:
        ruling = trajectory.rulings.get(proposal.id)
        became = ruling.verdict.value if ruling and ruling.verdict is not Verdict.APPROVED else None
        lines.append(f"• {action_words(proposal.plan.action)}: {became or _outcome(trajectory, proposal)}")
    return paragraphs(["*What was tried*", *lines]) if lines else []


def _outcome(trajectory: Trajectory, proposal: Proposal) -> str:
    """What became of an approved proposal, in a word; an undo is to bring back what was, not to repair."""
    execution = trajectory.executions.get(proposal.id)
    verified = trajectory.verifications.get(proposal.id)
    if execution is None:
        return "not carried out"
    if isinstance(proposal.plan.action, Undo) and execution.effect is Effect.DONE:
        return "taken back"
    return verified.improvement.value if verified else execution.effect.value


def _broken(trajectory: Trajectory, entry: Entry, step: Broke, place: Place) -> Message:
    text = f"AOI itself failed in {escape(step.where)}: {escape(cut(step.error, 600))}"
    changed = [p for p in trajectory.proposals if p.id in trajectory.executions]
    left = (
        f"Before that, {len(changed)} approved change was asked for; see above."
        if changed
        else ("Nothing was changed in the cluster.")
    )
    blocks = [section(f"⚠️ *{text}*\n{left}"), context("Mention me in the channel to start a new look.")]
    return message(Card.REPORT.key(trajectory.incident.id, str(entry.seq)), place, text, blocks)
