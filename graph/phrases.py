"""Conclusions that the graph itself draws, in words for people."""

from collections.abc import Sequence

from domain.decisions import Conclude, Propose
from domain.diagnosis import Diagnosis
from domain.execution import Improvement
from domain.journal import Trajectory
from domain.proposal import Proposal
from graph.sight import freshest_hypotheses
from graph.unwinding import undo_of

WORST_SHOWN = 3


def handed_over(trajectory: Trajectory, why: str) -> Conclude:
    """AOI stops here: what it knows so far, why it stops, and who goes on."""
    held = freshest_hypotheses(trajectory)
    best = held[0] if held else None
    known = best.statement if best else "I have no explanation yet."
    return Conclude(
        summary=known,
        hypotheses=held[:WORST_SHOWN],
        cites=best.cites if best else (),
        confidence=best.confidence if best else 0.0,
        diagnosis=Diagnosis(
            anomaly=best is not None,
            components=(best.subject,) if best else (),
            cause=best.cause if best else None,
            root_cause=known,
            cites=best.cites if best else (),
        ),
        resolved=False,
        advice=why,
    )


def could_not_look(trajectory: Trajectory, why: str) -> Conclude:
    """The cluster cannot be read; what was known before, if anything, still stands."""
    last = handed_over(trajectory, why)
    if last.hypotheses:
        return last
    said = "I could not look at the cluster."
    return last.model_copy(
        update={"summary": said, "diagnosis": last.diagnosis.model_copy(update={"root_cause": said})}
    )


def taken_back(trajectory: Trajectory, user: str) -> Conclude:
    """A person asked for an undo and it is done; the incident goes back to the people."""
    last = handed_over(trajectory, f"Undone as @{user} asked; AOI will not try again by itself.")
    return last.model_copy(update={"summary": "The change was taken back."})


def in_vain(trajectory: Trajectory, change: Proposal) -> Propose:
    """A change that did not help is taken back before anything else is tried."""
    seen = trajectory.verifications[change.id]
    worse = seen.improvement is Improvement.WORSE
    return _undoing(
        trajectory, change, seen.detail, "It made things worse." if worse else "It did not make things better."
    )


def unwound(trajectory: Trajectory, change: Proposal, user: str) -> Propose:
    """The next of several changes that a person wants taken back."""
    return _undoing(trajectory, change, "One is taken back, the next follows.", f"@{user} asked for it.")


def _undoing(trajectory: Trajectory, change: Proposal, said: str, why: str) -> Propose:
    held = freshest_hypotheses(trajectory)
    target = change.plan.action.target
    return Propose(
        summary=f"{said} The change to {target} should be taken back.",
        hypotheses=held[:WORST_SHOWN],
        cites=held[0].cites if held else (),
        confidence=held[0].confidence if held else 0.0,
        action=undo_of(change),
        why=why,
    )


def no_such_namespace(wanted: str, visible: Sequence[str]) -> str:
    """Why a namespace is not looked at, with those that could be."""
    return f"There is no namespace {wanted!r} that I may look at; there are: {', '.join(visible) or 'none'}."
