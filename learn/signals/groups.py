"""Preference groups with the worth of each reply."""

from domain.base import Value
from domain.model import Completed, PreferenceGroup, groups_of
from learn.reward.reference import reference_at, sight_before
from learn.reward.service import Scores, scores
from learn.reward.shown import shown_of
from learn.signals.calls import calls_behind, step_of
from learn.signals.service import Signals


class Ranked(Value):
    """A reply of a group, and what it is worth."""

    completion: Completed
    scores: Scores


class RankedGroup(Value):
    """The replies that were drawn at one step."""

    group: PreferenceGroup
    step: int
    """Journal entry of the decision."""
    replies: tuple[Ranked, ...]


def ranked_groups(run: Signals) -> tuple[RankedGroup, ...]:
    """The groups of a run, where somebody knows what was right; those that led to no decision are left out."""
    if run.known is None:
        return ()
    behind = calls_behind(run.episode)
    found = []
    for group in groups_of(run.episode.calls):
        step = step_of(group, behind)
        if step is None:
            continue
        sight = sight_before(run.episode.trajectory, step)
        shown, reference = shown_of(sight), reference_at(sight, run.known)
        replies = (Ranked(completion=c, scores=scores(c.reply, shown, reference)) for c in group.completions)
        found.append(RankedGroup(group=group, step=step, replies=tuple(replies)))
    return tuple(found)
