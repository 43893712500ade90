"""Conclusions that the graph itself draws, in words for people."""

from collections.abc import Sequence

from domain.decisions import Conclude
from domain.diagnosis import Diagnosis
from domain.journal import Trajectory
from graph.sight import freshest_hypotheses

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


def no_such_namespace(wanted: str, visible: Sequence[str]) -> str:
    """Why a namespace is not looked at, with those that could be."""
    return f"There is no namespace {wanted!r} that I may look at; there are: {', '.join(visible) or 'none'}."
