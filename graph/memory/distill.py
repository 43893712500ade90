"""From a journal to what is remembered of it, and from a run to what it brings to mind. Pure."""

from collections.abc import Iterable, Iterator

from domain.actions import Undo
from domain.approval import Verdict
from domain.diagnosis import Hypothesis
from domain.execution import Effect, Improvement
from domain.incident import Status
from domain.journal import Concluded, Decided, Entry, Trajectory, Triaged, Verified
from domain.memory import Attempt, Cue, Fate, Memory, Symptom
from domain.proposal import Proposal
from graph.sight import freshest_hypotheses, treated_by

ENDED = (Status.RESOLVED, Status.HANDED_OVER)
"""A run that failed teaches about AOI, not about the incident."""
_TELLING = 0.5
"""Hypotheses below this confidence are no symptom, unless nothing better was held."""
_STATEMENTS = 6
_CUE_STATEMENTS = 2
_WORDS = 1_000
"""Characters of one text."""


def memory_of(trajectory: Trajectory) -> Memory | None:
    """What stays of the incident; `None` while it goes on, and when AOI itself failed."""
    incident = trajectory.incident
    end = _end(trajectory)
    if end is None or incident.status not in ENDED:
        return None
    entry, concluded = end
    diagnosis = concluded.diagnosis
    held = _telling(h for e in trajectory.entries if isinstance(e.step, Triaged) for h in e.step.hypotheses)
    symptoms = {_symptom(h) for h in held}
    if diagnosis.cause is not None and diagnosis.components:
        symptoms.add(Symptom(cause=diagnosis.cause, kind=diagnosis.components[0].kind))
    return Memory(
        incident_id=incident.id,
        seq=trajectory.entries[-1].seq,
        at=entry.at,
        origin=incident.origin,
        status=concluded.status,
        question=_cut(incident.question),
        root_cause=_cut(diagnosis.root_cause),
        cause=diagnosis.cause,
        symptoms=tuple(sorted(symptoms, key=str)),
        subjects=tuple(dict.fromkeys((*diagnosis.components, *(h.subject for h in held)))),
        statements=_statements(held, _STATEMENTS),
        attempts=tuple(attempts_of(trajectory)),
        corrections=tuple(f.correction for f in trajectory.feedback if f.correction is not None),
    )


def cue_of(trajectory: Trajectory) -> Cue:
    """What the run as it stands brings to mind by: its newest suspicions, and the question."""
    held = _telling(freshest_hypotheses(trajectory))
    words = (_cut(trajectory.incident.question), *_statements(held, _CUE_STATEMENTS))
    return Cue(
        incident_id=trajectory.incident.id,
        symptoms=tuple(sorted({_symptom(h) for h in held}, key=str)),
        subjects=tuple(dict.fromkeys(h.subject for h in held)),
        text="\n".join(words),
    )


def looks_new(trajectory: Trajectory) -> bool:
    """Whether something was seen since the last decision that may remind of others than before.

    A look that shows nothing any more, after a repair, leaves in mind what the incident was like.
    """
    steps = [entry.step for entry in trajectory.entries]
    last = max((n for n, step in enumerate(steps) if isinstance(step, Decided)), default=-1)
    looked = any(isinstance(step, Triaged | Verified) for step in steps[last + 1 :])
    return looked and (last < 0 or bool(freshest_hypotheses(trajectory)))


def _end(trajectory: Trajectory) -> tuple[Entry, Concluded] | None:
    ends = ((e, e.step) for e in reversed(trajectory.entries) if isinstance(e.step, Concluded))
    return next(ends, None)


def _telling(hypotheses: Iterable[Hypothesis]) -> tuple[Hypothesis, ...]:
    ranked = sorted(hypotheses, key=lambda h: -h.confidence)
    return tuple(h for h in ranked if h.confidence >= _TELLING) or tuple(ranked[:1])


def _symptom(hypothesis: Hypothesis) -> Symptom:
    return Symptom(cause=hypothesis.cause, kind=hypothesis.subject.kind)


def _statements(held: Iterable[Hypothesis], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_cut(h.statement) for h in held))[:most]


def attempts_of(trajectory: Trajectory) -> Iterator[Attempt]:
    """Each repair that was proposed, in order; an undo shows as the fate of what it took back."""
    undone = _undone(trajectory)
    for proposal in trajectory.proposals:
        action = proposal.plan.action
        if isinstance(action, Undo):
            continue
        treated = treated_by(trajectory, action)
        fate = Fate.UNDONE if proposal.id in undone else _fate(trajectory, proposal)
        ruling = trajectory.rulings.get(proposal.id) if fate is Fate.REJECTED else None
        yield Attempt(
            action=action.action,
            target=action.target,
            cause=treated.cause if treated else None,
            fate=fate,
            by=(ruling.decided_by or "") if ruling else "",
            reason=_cut(ruling.reason) if ruling else "",
        )


def _undone(trajectory: Trajectory) -> frozenset[str]:
    """Proposals that were taken back."""
    done = {key for key, execution in trajectory.executions.items() if execution.effect is Effect.DONE}
    undos = (p.plan.action for p in trajectory.proposals if p.id in done)
    return frozenset(action.proposal_id for action in undos if isinstance(action, Undo))


def _fate(trajectory: Trajectory, proposal: Proposal) -> Fate:
    ruling = trajectory.rulings.get(proposal.id)
    if ruling is not None and ruling.verdict is Verdict.REJECTED:
        return Fate.REJECTED
    execution = trajectory.executions.get(proposal.id)
    if execution is None or execution.effect in (Effect.REFUSED, Effect.FAILED):
        return Fate.NOT_DONE
    seen = trajectory.verifications.get(proposal.id)
    return _BY_LOOK[seen.improvement] if seen else Fate.UNKNOWN


_BY_LOOK = {
    Improvement.RESOLVED: Fate.RESOLVED,
    Improvement.IMPROVED: Fate.IMPROVED,
    Improvement.UNCHANGED: Fate.UNCHANGED,
    Improvement.WORSE: Fate.WORSE,
}


def _cut(text: str) -> str:
    return text if len(text) <= _WORDS else f"{text[: _WORDS - 1]}…"
