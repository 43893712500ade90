"""Answers to follow-up questions, from what the journal knows.

Plain text: the surface that shows it escapes it and turns `@USER` into a mention of its own kind.
"""

import re
from collections.abc import Callable
from datetime import datetime

from domain.evidence import Finding
from domain.journal import Concluded, Noted, Probed, Trajectory, Triaged
from domain.proposal import Proposal
from graph.sight import freshest_hypotheses, seconds_worked

SHOWN = 5


def answer(text: str, trajectory: Trajectory, now: datetime) -> str:
    """Answer by topic (why, evidence, alternatives, change, risk, what was tried, who), else where it stands."""
    for pattern, reply in _TOPICS:
        if re.search(pattern, text, re.IGNORECASE):
            return reply(trajectory) or _standing(trajectory, now)
    return _standing(trajectory, now)


def _standing(trajectory: Trajectory, now: datetime) -> str:
    """One sentence on where the incident stands, and what waits for whom."""
    diagnosis = trajectory.diagnosis
    if trajectory.pending is not None:
        proposal = trajectory.pending
        minutes = max(0, (proposal.expires_at - now).total_seconds()) / 60
        return f"I wait for a decision on: `{proposal.plan.kubectl}`. It expires in {minutes:.0f} minutes."
    if diagnosis is not None:
        ended = trajectory.incident.status.value.replace("-", " ").capitalize()
        advice = next((e.step.advice for e in reversed(trajectory.entries) if isinstance(e.step, Concluded)), "")
        return f"{ended}: {diagnosis.root_cause} {advice}".strip()
    worked = seconds_worked(trajectory, now)
    best = freshest_hypotheses(trajectory)
    thought = f" My best explanation so far: {best[0].statement}" if best else ""
    return f"I am {trajectory.incident.status.value} since {worked:.0f} s.{thought}"


def _why(trajectory: Trajectory) -> str:
    proposal = _last_proposal(trajectory)
    best = freshest_hypotheses(trajectory)
    because = proposal.why if proposal else best[0].statement if best else ""
    cites = proposal.cites if proposal else best[0].cites if best else ()
    return f"{because}\n{_cited(trajectory, cites)}".strip()


def _evidence(trajectory: Trajectory) -> str:
    findings = list(trajectory.findings.values())
    lines = [_line(finding) for finding in findings[:SHOWN]]
    more = len(findings) - len(lines)
    return "\n".join([*lines, *([f"… and {more} more findings."] if more > 0 else [])])


def _alternatives(trajectory: Trajectory) -> str:
    others = freshest_hypotheses(trajectory)[1:SHOWN]
    if not others:
        return "I hold no other explanation."
    return "\n".join(f"• {h.statement} ({h.confidence:.0%})" for h in others)


def _change(trajectory: Trajectory) -> str:
    proposal = _last_proposal(trajectory)
    if proposal is None:
        return ""
    lines = [line for line in proposal.plan.diff.splitlines() if not line.startswith(("--- ", "+++ "))]
    quoted = "\n".join(f"│ {line}" for line in lines[:30])
    return f"`{proposal.plan.kubectl}`\n{quoted}"


def _risk(trajectory: Trajectory) -> str:
    proposal = _last_proposal(trajectory)
    return f"Risk: {proposal.plan.risk.value}. To take it back: {proposal.plan.undo_text}" if proposal else ""


def _tried(trajectory: Trajectory) -> str:
    looks = [_look(e.step) for e in trajectory.entries if isinstance(e.step, Triaged | Probed)]
    acts = [
        f"• `{p.plan.kubectl}`: {_outcome(trajectory, p)}"
        for p in trajectory.proposals
        if p.id in trajectory.rulings
    ]
    return "\n".join([*acts, *looks[-SHOWN:]])


def _look(step: Triaged | Probed) -> str:
    return f"• {step.looked_at if isinstance(step, Triaged) else step.note}"


def _who(trajectory: Trajectory) -> str:
    lines = [f"• @{trajectory.incident.origin.user} asked me"]
    for proposal in trajectory.proposals:
        ruling = trajectory.rulings.get(proposal.id)
        if ruling is not None and ruling.decided_by:
            lines.append(f"• @{ruling.decided_by} {ruling.verdict.value} `{proposal.plan.kubectl}`")
    speakers = {e.step.by for e in trajectory.entries if isinstance(e.step, Noted) and e.step.by != "aoi"}
    return "\n".join([*lines, *(f"• @{speaker} took part in the thread" for speaker in sorted(speakers))])


def _outcome(trajectory: Trajectory, proposal: Proposal) -> str:
    verified = trajectory.verifications.get(proposal.id)
    if verified is not None:
        return f"{verified.improvement.value}. {verified.detail}"
    execution = trajectory.executions.get(proposal.id)
    return execution.effect.value if execution else trajectory.rulings[proposal.id].verdict.value


def _last_proposal(trajectory: Trajectory) -> Proposal | None:
    return trajectory.proposals[-1] if trajectory.proposals else None


def _cited(trajectory: Trajectory, cites: tuple[str, ...]) -> str:
    findings = trajectory.findings
    return "\n".join(_line(findings[c]) for c in cites if c in findings)


def _line(finding: Finding) -> str:
    return f"• {finding.subject}: {finding.text}"


_TOPICS: tuple[tuple[str, Callable[[Trajectory], str]], ...] = (
    (r"\bwhat else\b|\bother\b|\balternativ", _alternatives),
    (r"\bdiff\b|what (would|will|did) .*chang|\bcommand\b|\bkubectl\b", _change),
    (r"\bevidence\b|\bshow me\b|\bfindings?\b|\bproof\b|how do you know", _evidence),
    (r"\brisk|\bundo\b|\broll ?back\b|\bsafe\b|\brevert", _risk),
    (r"\btried\b|\blooked at\b|\bchecked\b|\bdid you (look|check|see|try)\b|so far", _tried),
    (r"\bwho\b", _who),
    (r"\bwhy\b|\breason\b|\bcause\b", _why),
)
"""Topic patterns in the order they are tried; the narrow ones come first."""
