"""Runs in the process pool of this machine, all of them or a share."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from app.lab_policies import check_policy
from app.lab_pool import all_runs
from app.rollouts.port import Order, Share, jobs_of, shared
from domain.episodes import Episode

ALL = Share(0, 1)


@dataclass(frozen=True)
class Here:
    """`Rollouts` on this machine."""

    workers: int = 0
    """Processes; 0 takes one per core."""
    share: Share = ALL

    def episodes(self, order: Order) -> Iterator[Episode]:
        """The runs as they finish. Raises BadInput, Misconfigured, and what a run raises."""
        check_policy(order.policy)
        suite, jobs = jobs_of(order)
        for _, result in all_runs(suite, shared(suite, jobs, self.share), self.workers or os.cpu_count() or 1):
            assert result.episode is not None
            yield result.episode
