"""The labels of a run, read from its journal and from the lab's verdict."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from domain.actions import Undo
from domain.approval import Approval, Verdict
from domain.decisions import Conclude
from domain.episodes import Episode
from domain.execution import Effect, Improvement
from domain.feedback import Feedback, Thumb
from domain.journal import Entry, Executed, Probed, Refused, Ruled, Verified
from learn.signals.behind import decision_behind, decisions_of, proposed
from learn.signals.labels import SIGNS, Label, Sign

_BY_LOOK: Final = {
    Improvement.RESOLVED: 1.0,
    Improvement.IMPROVED: 0.5,
    Improvement.UNCHANGED: -0.5,
    Improvement.WORSE: -1.0,
}
_BY_RULING: Final = {
    Verdict.APPROVED: (Sign.APPROVED, 1.0),
    Verdict.REJECTED: (Sign.REJECTED, -1.0),
    Verdict.SUPERSEDED: (Sign.EDITED, -0.5),
}


def labels_of(episode: Episode, came_back: datetime | None = None) -> tuple[Label, ...]:
    """Every label of a run, oldest first; `came_back` is when the same trouble was there again, if it was."""
    found = [*_by_lab(episode), *_by_world(episode), *_by_people(episode)]
    if came_back is not None:
        found.append(_label(episode, None, Sign.CAME_BACK, -1.0, came_back))
    return tuple(sorted(found, key=lambda label: label.at))


def _by_lab(episode: Episode) -> Iterator[Label]:
    graded = episode.graded
    if graded is None:
        return
    at, run = episode.trajectory.incident.updated_at, episode.trajectory
    yield _label(episode, None, Sign.GRADED, 1.0 if graded.success else -1.0, at)
    for seq, step in decisions_of(run)[-1:]:
        if isinstance(step.decision, Conclude):
            yield _label(episode, seq, Sign.GRADED, 1.0 if graded.answer_right else -1.0, at)


def _by_world(episode: Episode) -> Iterator[Label]:
    run = episode.trajectory
    undos = {p.id: p.plan.action.proposal_id for p in run.proposals if isinstance(p.plan.action, Undo)}
    looks = []
    for entry in run.entries:
        match entry.step:
            case Verified(proposal_id=key, verification=seen) if key not in undos:
                looks.append((entry, _BY_LOOK[seen.improvement]))
                yield from _step(episode, entry, Sign.VERIFIED, _BY_LOOK[seen.improvement])
            case Executed(execution=row) if row.effect in (Effect.FAILED, Effect.REFUSED):
                yield from _step(episode, entry, Sign.FAILED, -1.0)
            case Executed(execution=row) if row.effect is Effect.DONE and row.proposal_id in undos:
                undone = proposed(run, undos[row.proposal_id])
                if undone is not None:
                    yield from _step(episode, undone, Sign.UNDONE, -1.0, entry.at)
            case Refused() | Probed(status="failed"):
                yield from _step(episode, entry, Sign.FAILED, -1.0)
            case _:
                continue
    if looks:
        yield _label(episode, None, Sign.VERIFIED, looks[-1][1], looks[-1][0].at)


def _by_people(episode: Episode) -> Iterator[Label]:
    for entry in episode.trajectory.entries:
        # In the lab whatever is proposed is approved, so that it says nothing.
        if isinstance(entry.step, Ruled) and episode.graded is None:
            yield from _ruling(episode, entry, entry.step.approval)
    for feedback in episode.trajectory.feedback:
        yield from _thumb(episode, feedback)


def _ruling(episode: Episode, entry: Entry, ruling: Approval) -> Iterator[Label]:
    """Of everybody who approved, or of the one who rejected or edited; time decides nothing."""
    if ruling.verdict not in _BY_RULING:
        return
    sign, worth = _BY_RULING[ruling.verdict]
    approved = ruling.verdict is Verdict.APPROVED
    people = dict.fromkeys([*(consent.user for consent in ruling.consents if approved), ruling.decided_by])
    for by in filter(None, people):
        yield from _step(episode, entry, sign, worth, by=by, note=ruling.reason)


def _thumb(episode: Episode, given: Feedback) -> Iterator[Label]:
    """A thumb on a step is about the decision behind it; on what a person asked for it is about none."""
    step = None
    if given.target.startswith("step:"):
        step = decision_behind(episode.trajectory, int(given.target.removeprefix("step:")))
        if step is None:
            return
    worth = 1.0 if given.thumb is Thumb.UP else -1.0
    words = given.correction
    sign = Sign.CORRECTED if words is not None else Sign.THUMB
    note = f"{words.cause} {words.helped}".strip() if words is not None else ""
    yield _label(episode, step, sign, worth, given.at, given.user, note)


def _step(
    episode: Episode,
    entry: Entry,
    sign: Sign,
    worth: float,
    at: datetime | None = None,
    by: str = "",
    note: str = "",
) -> Iterator[Label]:
    """A label of the decision behind an entry; none where there is none."""
    step = decision_behind(episode.trajectory, entry.seq)
    if step is not None:
        yield _label(episode, step, sign, worth, at or entry.at, by, note)


def _label(
    episode: Episode, step: int | None, sign: Sign, worth: float, at: datetime, by: str = "", note: str = ""
) -> Label:
    source, weight = SIGNS[sign]
    return Label(
        episode=episode.id,
        step=step,
        sign=sign,
        source=source,
        by=by,
        worth=worth,
        weight=weight,
        at=at,
        note=note,
    )
