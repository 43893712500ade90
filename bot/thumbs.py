"""Thumbs, as buttons and as reactions, become feedback on the run or on one of its steps."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from bot.cards.reading import entries_of, newest_done
from bot.deliveries import Reacted, Thumbed
from bot.names import OUTCOME, Card
from bot.ports import Service
from domain.errors import BadInput
from domain.feedback import Correction, Feedback
from domain.journal import Executed, Proposed, Trajectory, Unrated
from domain.ports import Clock, Outbox

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Thumbs:
    """The last thumb of a person on a target counts, unless it is taken back; the journal keeps them all."""

    service: Service
    outbox: Outbox
    clock: Clock

    async def pressed(self, thumbed: Thumbed) -> None:
        """A button, or a correction.

        Raises:
            BadInput: the incident is not known, as in a forged payload.
        """
        if await self.service.trajectory(thumbed.incident_id) is None:
            log.warning("User %r gave a thumb on an incident that is not known.", thumbed.user)
            raise BadInput("I do not know this incident, so the thumb was not kept.")
        correction = Correction(cause=thumbed.cause, helped=thumbed.helped) if thumbed.cause.strip() else None
        await self.service.rate(
            Feedback(
                incident_id=thumbed.incident_id,
                target=thumbed.target,
                user=thumbed.user,
                thumb=thumbed.thumb,
                correction=correction,
                at=self.clock.now(),
            )
        )

    async def reacted(self, key: str, reacted: Reacted) -> None:
        """A reaction counts when it is on one of our cards."""
        message = await self.outbox.at(reacted.channel, reacted.ts)
        if message is None or message.incident_id is None:
            return
        trajectory = await self.service.trajectory(message.incident_id)
        if trajectory is None:
            return
        target = target_of(message.key, trajectory)
        if reacted.added:
            given = Feedback(
                incident_id=message.incident_id,
                target=target,
                user=reacted.user,
                thumb=reacted.thumb,
                at=self.clock.now(),
            )
            await self.service.rate(given)
            return
        taken = Unrated(user=reacted.user, target=target, thumb=reacted.thumb)
        await self.service.unrate(message.incident_id, key, taken)


def target_of(message_key: str, trajectory: Trajectory) -> str:
    """What a thumb on a card is about: the step of a proposal or of an older result, else the whole run."""
    card, _, rest = message_key.partition(":")
    if card == Card.PROPOSAL:
        return _step(e.seq for e, step in entries_of(trajectory, Proposed) if step.proposal.id == rest)
    if card == Card.RESULT and newest_done(trajectory) != rest:
        return _step(e.seq for e, step in entries_of(trajectory, Executed) if step.execution.proposal_id == rest)
    return OUTCOME


def _step(found: Iterator[int]) -> str:
    seq = next(found, None)
    return OUTCOME if seq is None else f"step:{seq}"
