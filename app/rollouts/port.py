"""What is to be run, who can run it, and how it is shared out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.lab_pool import Job, bundles
from domain.episodes import Episode
from domain.errors import BadInput
from lab.suite import Suite, load_suite


@dataclass(frozen=True)
class Order:
    """Every task so often; the same order gives the same episodes, whoever runs it."""

    suite: str
    policy: str
    tasks: str = "*"
    epochs: int = 1
    seed: int = 0
    rename: bool = False


class Rollouts(Protocol):
    """Whoever runs them."""

    def episodes(self, order: Order) -> Iterator[Episode]:
        """The runs as they finish. Raises BadInput, Misconfigured, and what a run raises."""


@dataclass(frozen=True)
class Share:
    """One of several equal parts, from 0."""

    index: int
    of: int

    @classmethod
    def read(cls, text: str) -> "Share":
        """`3/16` is the fourth of sixteen. Raises BadInput."""
        index, _, of = text.partition("/")
        if not (index.isdecimal() and of.isdecimal() and int(index) < int(of)):
            raise BadInput(f"{text!r} is no share of the jobs; write 0/16 for the first of sixteen.")
        return cls(int(index), int(of))


def jobs_of(order: Order) -> tuple[Suite, list[Job]]:
    """The suite and all runs of an order. Raises BadInput."""
    suite = load_suite(order.suite).matching(order.tasks)
    jobs = [
        Job(order.suite, task.id, order.policy, order.seed + epoch, order.rename, record=True)
        for task in suite.tasks
        for epoch in range(order.epochs)
    ]
    return suite, jobs


def shared(suite: Suite, jobs: Sequence[Job], share: Share) -> list[Job]:
    """The jobs of a share. Those that have an incident in common stay together: it is prepared once for all."""
    return [job for bundle in bundles(suite, jobs)[share.index :: share.of] for job in bundle]
