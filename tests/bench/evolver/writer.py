"""Plans by a script that has the habit of the warm-started model: the judge needs something to reject."""

from dataclasses import dataclass

from domain.base import digest_of
from domain.episodes import Episode
from learn.evolver.mine import Mined
from learn.evolver.plan import Plan

_FALSE_ALARM = Plan(anomaly=False, why="Nothing was wrong, it is a false alarm.")


@dataclass(frozen=True)
class Habit:
    """Calls about every other failed run a false alarm, by its digest, and knows nothing of the others."""

    async def draw(self, episode: Episode, mined: Mined) -> tuple[Plan, ...]:
        """One plan or none, in the place of a model's."""
        where = episode.replay
        told = int(digest_of([where.task, where.seed] if where else episode.id), 16)
        return (_FALSE_ALARM,) if told % 2 else ()
