"""Preference groups with the worth of each reply."""

from datetime import datetime

from domain.base import Value
from domain.episodes import Episode
from domain.model import Completed, PreferenceGroup, groups_of
from learn.reward.reference import reference_of, sight_before
from learn.reward.service import Scores, scores
from learn.reward.shown import shown_of
from learn.signals.calls import calls_behind, step_of


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


def ranked_groups(episode: Episode, came_back: datetime | None = None) -> tuple[RankedGroup, ...]:
    """The groups of a run that can be judged; those of a step that nobody knows the truth of are left out."""
    behind = calls_behind(episode)
    found = []
    for group in groups_of(episode.calls):
        step = step_of(group, behind)
        reference = reference_of(episode, step, came_back is not None) if step is not None else None
        if step is None or reference is None:
            continue
        shown = shown_of(sight_before(episode.trajectory, step))
        replies = (Ranked(completion=c, scores=scores(c.reply, shown, reference)) for c in group.completions)
        found.append(RankedGroup(group=group, step=step, replies=tuple(replies)))
    return tuple(found)
