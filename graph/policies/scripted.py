"""A policy that follows a script: for tests and for rehearsing a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.decisions import Decision
from domain.errors import BadInput
from domain.journal import Decided
from domain.ports import Sight

Line = Decision | Callable[[Sight], Decision]
"""A decision, or how to make one of what is shown."""


@dataclass(frozen=True)
class ScriptedPolicy:
    """Answers the n-th decision of a run with the n-th line, so that a restarted run goes on in the script."""

    lines: Sequence[Line]
    name: str = "scripted"

    async def decide(self, sight: Sight) -> Decision:
        """The line whose turn it is.

        Raises:
            BadInput: the script has ended.
        """
        turn = sum(isinstance(entry.step, Decided) for entry in sight.trajectory.entries)
        if turn >= len(self.lines):
            raise BadInput(f"The script ends after {len(self.lines)} lines and the run asked for one more.")
        line = self.lines[turn]
        return line(sight) if callable(line) else line
