"""The status card: one per incident, edited in place. Verdict first, then how AOI knows, then what it does."""

from bot.cards.blocks import Block, Place, actions, button, context, message, paragraphs, section
from bot.cards.lessons import taught
from bot.cards.reading import conclusion, entries_of, finding_blocks, held, held_up, last, notes, people, worst
from bot.cards.remembered import remembered
from bot.cards.text import clock, cut, cut_lines, escape, mention, prose
from bot.cards.words import FACE, STATE, action_words, probe_words
from bot.names import Card, Press
from domain.decisions import Probe
from domain.diagnosis import Hypothesis
from domain.execution import Improvement
from domain.incident import Status
from domain.journal import Broke, Decided, Probed, Refused, Trajectory, Triaged, Verified
from domain.ports import Message

MOST_FINDINGS = 5
MOST_THOUGHTS = 3
MOST_LOOKS = 4
LIKELY = 0.7
POSSIBLE = 0.4


def status_card(trajectory: Trajectory, place: Place, workspace: str = "") -> Message:
    """The card that stands at the top of the thread; `workspace` is the root of links to other threads."""
    incident = trajectory.incident
    verdict = verdict_of(trajectory)
    now = doing(trajectory)
    question = f"“{escape(cut(incident.question, 200))}” asked by {mention(incident.origin.user)}"
    blocks: list[Block] = [
        section(f"{FACE[incident.status]} {headline(verdict, now)}"),
        *_found(trajectory),
        *_thinks(trajectory),
        *taught(trajectory),
        *remembered(trajectory, workspace),
        *_looked(trajectory),
        context(f"{question}\n{_facts(trajectory)}"),
    ]
    if trajectory.findings:
        blocks.append(actions(button("Show evidence", Press.EVIDENCE, incident.id)))
    return message(Card.STATUS.key(incident.id), place, f"{verdict} ({STATE[incident.status]})", blocks)


def verdict_of(trajectory: Trajectory) -> str:
    """What is wrong, as well as it is known; one sentence, escaped."""
    concluded = conclusion(trajectory)
    if concluded is not None:
        return escape(cut(concluded.text, 400))
    broke = last(trajectory, Broke)
    if trajectory.incident.status is Status.FAILED and broke is not None:
        return escape(cut(f"AOI failed in {broke.where}: {broke.error}", 400))
    thoughts = held(trajectory)
    if thoughts:
        return f"{likelihood(thoughts[0])}: {escape(cut(thoughts[0].statement, 400))}"
    verified = last(trajectory, Verified)
    if verified is not None and verified.verification.improvement is Improvement.RESOLVED:
        return f"Fixed: {escape(cut(verified.verification.detail, 400))}"
    if last(trajectory, Triaged) is not None:
        return "No cause found so far"
    return f"Looking at {_namespaces(trajectory)}"


def headline(verdict: str, now: str) -> str:
    """The first sentence of the verdict in bold, the rest and what is being done below it; nothing said twice."""
    first, stop, rest = verdict.partition(". ")
    lines = [f"*{first}{stop.strip()}*", rest, "" if now.rstrip(".") == first.rstrip(".") else now]
    return "\n".join(line for line in lines if line)


def likelihood(hypothesis: Hypothesis) -> str:
    """Confidence in a word: a percentage would claim more than a self-report can hold."""
    if hypothesis.confidence >= LIKELY:
        return "Likely"
    return "Possible" if hypothesis.confidence >= POSSIBLE else "Unsure"


def doing(trajectory: Trajectory) -> str:
    """What AOI does now, or what the people are to do; one line."""
    status = trajectory.incident.status
    if (holding := held_up(trajectory)) is not None:
        return escape(holding.why)
    pending = trajectory.pending
    if status is Status.WAITING and pending is not None:
        until = clock(pending.expires_at)
        return f"Waiting for your decision until {until}: {action_words(pending.plan.action)} ⬇️"
    decided = last(trajectory, Decided)
    if status is Status.INVESTIGATING and decided is not None and isinstance(decided.decision, Probe):
        calls = [probe_words(call) for call in decided.decision.calls]
        return "Now looking at: " + ", ".join(calls[:3]) + (f" and {len(calls) - 3} more" if calls[3:] else "")
    concluded = conclusion(trajectory)
    if concluded is not None and concluded.advice:
        return prose(cut(concluded.advice, 500), people(trajectory))
    if status is Status.FAILED:
        return "Nothing more will happen by itself. Mention me again to start anew."
    if status.final:
        return STATE[status].capitalize() + "."
    return STATE[status].capitalize() + " …"


def _found(trajectory: Trajectory) -> list[Block]:
    blocks = finding_blocks(worst(trajectory), trajectory.incident.id, MOST_FINDINGS)
    return [section("*What I found*"), *blocks] if blocks else []


def _thinks(trajectory: Trajectory) -> list[Block]:
    """What else it could be; the best explanation is the verdict already."""
    others = held(trajectory)[1:]
    lines = [f"• {likelihood(thought)}: {escape(thought.statement)}" for thought in others]
    return paragraphs(["*Other explanations*", *cut_lines(lines, MOST_THOUGHTS, "explanations")]) if lines else []


def _looked(trajectory: Trajectory) -> list[Block]:
    triaged = last(trajectory, Triaged)
    looks = [escape(triaged.looked_at)] if triaged else []
    looks += [escape(step.note) for _, step in entries_of(trajectory, Probed)]
    lines = [f"• {look}" for look in looks]
    lines = (
        lines[:1]
        + ([f"_… {len(lines) - MOST_LOOKS} looks in between_"] if lines[MOST_LOOKS:] else [])
        + (lines[1:] if len(lines) <= MOST_LOOKS else lines[-MOST_LOOKS + 1 :])
    )
    refused = [
        f"• not proposed, {escape(step.action.replace('_', ' '))}: {escape(step.refusal.reason)}"
        for _, step in entries_of(trajectory, Refused)
    ]
    warned = [f"• ⚠️ {prose(note, people(trajectory))}" for note in notes(trajectory)[-2:]]
    return paragraphs(["*What I looked at*", *lines, *refused[-2:], *warned]) if lines or refused or warned else []


def _facts(trajectory: Trajectory) -> str:
    incident = trajectory.incident
    parts = [_namespaces(trajectory), f"policy {escape(incident.policy)}", f"opened {clock(incident.created_at)}"]
    if incident.read_only:
        parts.append("read-only")
    return " · ".join([*parts, escape(incident.id)])


def _namespaces(trajectory: Trajectory) -> str:
    names = trajectory.incident.scope.namespaces
    if not names:
        return "the cluster"
    return f"namespace{'s' if names[1:] else ''} " + ", ".join(escape(name) for name in names)
