"""Pairs: a decision, and a better one at the same step."""

from collections.abc import Iterator
from typing import Final

from domain.actions import Action
from domain.decisions import Conclude, Propose
from domain.diagnosis import Diagnosis, Hypothesis
from domain.journal import Asked, Decided, Ruled
from domain.references import Authority, Reference
from graph.policies.texts import load_texts
from learn.export.moments import Moment, say
from learn.export.rows import GroupRow, PairRow
from learn.export.runs import Run, turn
from learn.reward.parts import RIGHT

MARGIN: Final = 0.2
"""By how much the rewards of two completions differ that make a pair."""


def drawn(row: GroupRow) -> Iterator[PairRow]:
    """The best and the worst of what was drawn, where they differ enough."""
    best = max(row.completions, key=lambda one: one.reward)
    worst = min(row.completions, key=lambda one: one.reward)
    if best.reward - worst.reward >= MARGIN:
        yield PairRow(
            id=f"{row.id}:drawn",
            prompt=row.prompt,
            family=row.family,
            split=row.split,
            chosen=turn(best.text),
            rejected=turn(worst.text),
            why="drawn",
        )


def edited(run: Run, moment: Moment) -> Iterator[PairRow]:
    """A proposal with the write that a person put in its place, unless another is known to be right."""
    decision, action = moment.decision, _asked(run, moment)
    if isinstance(decision, Propose) and action is not None and _may_be_right(action, moment.reference):
        better = say(decision.model_copy(update={"action": action}), moment.sight)
        yield from _pair(run, moment, better, "edited")


def corrected(run: Run, moment: Moment) -> Iterator[PairRow]:
    """A conclusion as a person corrected it, where the words named both the cause and the object."""
    decision, reference = moment.decision, moment.reference
    said = [f.correction for f in run.signals.episode.trajectory.feedback if f.correction is not None]
    by_person = reference is not None and reference.says is Authority.PERSON and said
    if not isinstance(decision, Conclude) or reference is None or not by_person:
        return
    if reference.causes and reference.components and _is_wrong(moment):
        words = " ".join(said[-1].cause.split())
        yield from _pair(run, moment, say(_told(decision, reference, words), moment.sight), "corrected")


def _pair(run: Run, moment: Moment, better: str | None, why: str) -> Iterator[PairRow]:
    """Nothing where the Observer's form cannot say one of them, or they are the same."""
    if better is not None and moment.reply is not None and better != moment.reply:
        yield PairRow(
            id=f"{moment.id}:{why}",
            prompt=moment.prompt,
            family=run.family,
            split=run.split,
            chosen=turn(better),
            rejected=turn(moment.reply),
            why=why,
        )


def _asked(run: Run, moment: Moment) -> Action | None:
    """The write that a person asked for before the proposal of this decision was ruled on."""
    for entry in run.signals.episode.trajectory.entries:
        if entry.seq > moment.seq:
            if isinstance(entry.step, Asked):
                return entry.step.action
            if isinstance(entry.step, Ruled | Decided):
                return None
    return None


def _may_be_right(action: Action, reference: Reference | None) -> bool:
    return reference is None or not reference.actions or action in reference.actions


def _is_wrong(moment: Moment) -> bool:
    worth = moment.worth(moment.reply) if moment.reply is not None else None
    return worth is not None and worth.action < RIGHT


def _told(decision: Conclude, reference: Reference, words: str) -> Conclude:
    cause, cites = reference.causes[0], reference.findings
    row = load_texts().causes[cause]
    held = Hypothesis(
        cause=cause, subject=reference.components[0], statement=words, confidence=decision.confidence, cites=cites
    )
    found = Diagnosis(
        anomaly=True,
        components=reference.components,
        cause=cause,
        system_level=row.system_level,
        fault_type=row.fault_type,
        root_cause=words,
        cites=cites,
    )
    better = {"summary": words, "hypotheses": (held,), "cites": cites, "diagnosis": found}
    return decision.model_copy(update=better)
