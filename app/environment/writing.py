"""What the tools that write have in common."""

from abc import ABC, abstractmethod

from domain.actions import Action
from domain.cluster import Ref


class Writing(ABC):
    """Proposes one write at a time. What AOI's guardrails refuse is refused here too."""

    @abstractmethod
    def _propose(self, action: Action) -> str:
        """Propose an action; what came of it. Raises ValueError when the episode is over."""

    @abstractmethod
    def _ref(self, kind: str, name: str) -> Ref:
        """The object of the incident's namespace."""
