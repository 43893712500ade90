"""Other ways through a run that went well: the repairs that it did not need. Pure.

What holds in the judge is kept as data, and guides nobody: the run went well without it.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.episodes import Episode
from domain.lessons import Lesson, Source
from learn.evolver.cast import cast_of
from learn.evolver.general import drafts_of
from learn.evolver.mine import went_well
from learn.evolver.plan import Proposed
from learn.evolver.repair import helped_in, plan_of


def alternatives(episode: Episode, at: datetime) -> tuple[Lesson, ...]:
    """A lesson for each repair of the treated suspicion that was not tried; none where a run did not go well."""
    return tuple(_alternatives(episode, at)) if went_well(episode) else ()


def _alternatives(episode: Episode, at: datetime) -> Iterator[Lesson]:
    run = episode.trajectory
    helped = helped_in(run)
    if helped is None:
        return
    treated, _ = helped
    done = [proposal.plan.action for proposal in run.proposals]
    for action in treated.actions:
        if action not in done:
            one = Proposed(plan=plan_of(treated, action), source=Source.AUGMENTED)
            yield from drafts_of(one, cast_of(run), episode.id, at)[:1]
