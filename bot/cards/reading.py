"""What cards ask of a trajectory: pure look-ups, so that the cards themselves stay layout."""

from collections.abc import Iterable
from typing import TypeVar

from bot.cards.blocks import Block, button, section
from bot.cards.text import escape
from bot.cards.words import DOT, named
from bot.names import Press
from domain.cluster import Severity
from domain.diagnosis import Hypothesis
from domain.evidence import Finding
from domain.execution import Effect
from domain.feedback import Feedback
from domain.journal import (
    Asked,
    Concluded,
    Decided,
    Entry,
    Executed,
    Held,
    Noted,
    Rated,
    Step,
    Trajectory,
    Triaged,
    Verified,
)

_Kind = TypeVar("_Kind", bound=Step)
_RANK = {severity: rank for rank, severity in enumerate(reversed(Severity))}


def entries_of(trajectory: Trajectory, kind: type[_Kind]) -> list[tuple[Entry, _Kind]]:
    """Entries of one kind of step, oldest first."""
    return [(entry, entry.step) for entry in trajectory.entries if isinstance(entry.step, kind)]


def last(trajectory: Trajectory, kind: type[_Kind]) -> _Kind | None:
    """The newest step of a kind."""
    found = entries_of(trajectory, kind)
    return found[-1][1] if found else None


def conclusion(trajectory: Trajectory) -> Concluded | None:
    """The answer, unless the run has gone on after it (an undo reopens an incident)."""
    return last(trajectory, Concluded) if trajectory.incident.status.final else None


def held(trajectory: Trajectory) -> tuple[Hypothesis, ...]:
    """What is thought now, best first: of the last look, or of the last decision when that says more."""
    for entry in reversed(trajectory.entries):
        if isinstance(entry.step, Triaged | Verified):
            return entry.step.hypotheses
        if isinstance(entry.step, Decided) and entry.step.decision.hypotheses:
            return entry.step.decision.hypotheses
    return ()


def held_up(trajectory: Trajectory) -> Held | None:
    """Why the run cannot go on for now; `None` when it can, or has ended."""
    if trajectory.incident.status.final:
        return None
    steps = (e.step for e in reversed(trajectory.entries) if not isinstance(e.step, Noted | Rated))
    last = next(steps, None)
    return last if isinstance(last, Held) else None


def cited(trajectory: Trajectory, cites: Iterable[str]) -> list[Finding]:
    """The findings behind a claim, in the order in which it cites them; unknown ids are left out."""
    findings = trajectory.findings
    return [findings[cite] for cite in dict.fromkeys(cites) if cite in findings]


def worst(trajectory: Trajectory) -> list[Finding]:
    """Every finding, most severe first."""
    return sorted(trajectory.findings.values(), key=lambda finding: _RANK[finding.severity])


def finding_blocks(findings: Iterable[Finding], incident_id: str, most: int) -> list[Block]:
    """Numbered findings, at most so many, each with a button that opens what was read.

    The same sentence about several objects of a kind is one line.
    """
    groups = _alike(findings)
    blocks = [
        section(_line(number, group), _opens(group[0], incident_id))
        for number, group in enumerate(groups[:most], 1)
    ]
    return blocks + ([section(f"_… {len(groups) - most} more findings_")] if groups[most:] else [])


def _alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    alike: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.severity, finding.subject.kind, finding.text), []).append(finding)
    return list(alike.values())


def _line(number: int, group: list[Finding]) -> str:
    first = group[0]
    return f"{number}. {DOT[first.severity]} {named(first.subject)}{_and_more(group)}: {escape(first.text)}"


def _opens(finding: Finding, incident_id: str) -> Block | None:
    """The button to the newest output that shows the finding; `None` where there is none."""
    if not finding.artifacts:
        return None
    return button("Raw output", Press.RAW, f"{incident_id} {finding.artifacts[-1]}")


def _and_more(group: list[Finding]) -> str:
    return f" and {len(group) - 1} more" if group[1:] else ""


def notes(trajectory: Trajectory) -> list[str]:
    """What AOI itself wants people to know, newest last."""
    return [step.text for _, step in entries_of(trajectory, Noted) if step.by == "aoi"]


def people(trajectory: Trajectory) -> set[str]:
    """Users who took part; only they are ever mentioned."""
    spoke = {step.by for _, step in entries_of(trajectory, Noted)}
    wanted = {step.by for _, step in entries_of(trajectory, Asked)}
    ruled = {ruling.decided_by or "" for ruling in trajectory.rulings.values()}
    return {trajectory.incident.origin.user, *spoke, *wanted, *ruled, *(f.user for f in trajectory.feedback)}


def rated(trajectory: Trajectory, target: str) -> list[Feedback]:
    """Standing thumbs on a target."""
    return [feedback for feedback in trajectory.feedback if feedback.target == target]


def newest_done(trajectory: Trajectory) -> str | None:
    """The proposal that was carried out last, or `None` when nothing was changed."""
    done = [
        step.execution.proposal_id
        for _, step in entries_of(trajectory, Executed)
        if step.execution.effect is Effect.DONE
    ]
    return done[-1] if done else None
