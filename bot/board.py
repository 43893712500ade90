"""The board: what the journal says, as wanted messages in the outbox."""

from dataclasses import dataclass

from bot.cards.render import render
from bot.names import OUTBOX
from domain.ports import Bell, Clock, Journal, Outbox

SURFACE = "slack"


@dataclass(frozen=True)
class SlackBoard:
    """Implements `domain.ports.Board` for incidents that came from Slack; others are left alone."""

    journal: Journal
    outbox: Outbox
    clock: Clock
    bell: Bell
    workspace: str = ""
    """Root of links to threads, such as `https://team.slack.com/`; without it there are none."""

    async def refresh(self, incident_id: str) -> None:
        """Render the incident's cards and wake the sender when one of them is new."""
        trajectory = await self.journal.trajectory(incident_id)
        if trajectory is None or trajectory.incident.origin.surface != SURFACE:
            return
        now = self.clock.now()
        changed = [await self.outbox.want(card, now) for card in render(trajectory, now, self.workspace)]
        if any(changed):
            self.bell.ring(OUTBOX)
