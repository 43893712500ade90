"""What the Observer is shown, made of the journal. Findings only: artifacts never come this way."""

from datetime import datetime

from domain.actions import Action, Undo
from domain.approval import Verdict
from domain.decisions import Propose
from domain.diagnosis import Hypothesis
from domain.execution import Improvement
from domain.journal import (
    Asked,
    Decided,
    Entry,
    Held,
    Noted,
    Probed,
    Proposed,
    Refused,
    Ruled,
    Step,
    Trajectory,
    Triaged,
    Verified,
)
from domain.ports import Sight


def sight_of(trajectory: Trajectory) -> Sight:
    """The view of a run that a policy decides on."""
    budget = trajectory.incident.budget
    steps = [entry.step for entry in trajectory.entries]
    return Sight(
        incident=trajectory.incident,
        trajectory=trajectory,
        findings=tuple(trajectory.findings.values()),
        hypotheses=freshest_hypotheses(trajectory),
        tried=_tried(trajectory),
        remarks=_remarks(steps),
        memories=trajectory.memories,
        lessons=trajectory.taught.lessons if trajectory.taught else (),
        steps_left=max(0, budget.steps - _count(steps, Decided)),
        probes_left=max(0, budget.probes - _count(steps, Probed)),
        proposals_left=max(0, budget.proposals - _repairs(steps) + _resolved(steps)),
    )


def freshest_hypotheses(trajectory: Trajectory) -> tuple[Hypothesis, ...]:
    """The hypotheses of the last look of the analyzers, best first."""
    looks = (e.step for e in reversed(trajectory.entries) if isinstance(e.step, Triaged | Verified))
    return next((look.hypotheses for look in looks), ())


def treated_by(trajectory: Trajectory, action: Action) -> Hypothesis | None:
    """The suspicion that an action answers: the first that named it, else what the decision for it explains, else
    the first about its target."""
    seen = [
        hypothesis
        for entry in trajectory.entries
        if isinstance(entry.step, Triaged | Verified)
        for hypothesis in entry.step.hypotheses
    ]
    named = (h for h in seen if action in h.actions)
    held = [h for h in _held_for(trajectory, action) if h.key not in {one.key for one in seen}]
    meant = (h for h in seen if any(h.subject in (one.subject, *one.affected) for one in held))
    about = (h for h in seen if h.subject == action.target or action.target in h.affected)
    return next(named, None) or next(meant, None) or next(about, None)


def _held_for(trajectory: Trajectory, action: Action) -> tuple[Hypothesis, ...]:
    """What the last decision for an action rested on first."""
    decided = (e.step.decision for e in reversed(trajectory.entries) if isinstance(e.step, Decided))
    held = (d.hypotheses[:1] for d in decided if isinstance(d, Propose) and d.action == action)
    return next(held, ())


def asked_action(trajectory: Trajectory) -> Asked | None:
    """A write that a person asked for and that has not been proposed or refused yet."""
    for entry in reversed(trajectory.entries):
        if isinstance(entry.step, Proposed | Refused):
            return None
        if isinstance(entry.step, Asked):
            return entry.step
    return None


def seconds_worked(trajectory: Trajectory, now: datetime) -> float:
    """Seconds since the incident opened, less the time that it waited for people or for an executor."""
    waited = 0.0
    held_at: datetime | None = None
    asked_at: dict[str, datetime] = {}
    for entry in trajectory.entries:
        if held_at is not None:
            waited += (entry.at - held_at).total_seconds()
        held_at = entry.at if isinstance(entry.step, Held) else None
        if isinstance(entry.step, Proposed):
            asked_at[entry.step.proposal.id] = entry.at
        elif isinstance(entry.step, Ruled):
            since = asked_at.pop(entry.step.approval.proposal_id, entry.at)
            waited += (entry.at - since).total_seconds()
    waited += sum((now - since).total_seconds() for since in asked_at.values())
    return (now - trajectory.incident.created_at).total_seconds() - waited


def entry_with(trajectory: Trajectory, key: str) -> Entry | None:
    """The entry a node wrote under that key before a crash, or `None`."""
    return next((entry for entry in trajectory.entries if entry.key == key), None)


def _tried(trajectory: Trajectory) -> tuple[str, ...]:
    settled = {key for key, ruling in trajectory.rulings.items() if ruling.verdict is not Verdict.PENDING}
    proposals = (p for p in trajectory.proposals if p.id in settled)
    treated = (treated_by(trajectory, proposal.plan.action) for proposal in proposals)
    return tuple(dict.fromkeys(h.key for h in treated if h is not None))


def _repairs(steps: list[Step]) -> int:
    """Proposals but those that take back: nobody should be left with a change for want of budget."""
    return sum(isinstance(step, Proposed) and not isinstance(step.proposal.plan.action, Undo) for step in steps)


def _resolved(steps: list[Step]) -> int:
    """Repairs that did what they were for; only the others spend the budget, since several faults take as many."""
    outcomes = {step.proposal_id: step.verification.improvement for step in steps if isinstance(step, Verified)}
    return sum(improvement is Improvement.RESOLVED for improvement in outcomes.values())


def _remarks(steps: list[Step]) -> tuple[str, ...]:
    last = max((i for i, step in enumerate(steps) if isinstance(step, Decided)), default=-1)
    remarks: list[str] = []
    for step in steps[last + 1 :]:
        if isinstance(step, Ruled) and step.approval.verdict is Verdict.REJECTED:
            remarks.append(f"Rejected: {step.approval.reason or 'no reason given'}")
        elif isinstance(step, Noted) and step.by != "aoi":
            remarks.append(step.text)
    return tuple(remarks)


def _count(steps: list[Step], kind: type[Step]) -> int:
    return sum(isinstance(step, kind) for step in steps)
