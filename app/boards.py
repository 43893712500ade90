"""A board for the terminal: the journal's new entries, a line each."""

from collections import defaultdict
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape

from app.timeline import line_of
from domain.ports import Journal


@dataclass(frozen=True)
class TerminalBoard:
    """Prints what happens as it happens; output from the cluster is escaped."""

    journal: Journal
    console: Console
    _shown: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def refresh(self, incident_id: str) -> None:
        """Print the entries that were not there at the last call."""
        trajectory = await self.journal.trajectory(incident_id)
        if trajectory is None:
            return
        for entry in trajectory.entries[self._shown[incident_id] :]:
            self.console.print(escape(line_of(entry)), highlight=False, soft_wrap=True)
        self._shown[incident_id] = len(trajectory.entries)
