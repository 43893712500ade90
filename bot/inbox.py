"""The gate: what Slack delivers is stored before it is acknowledged, or it is not acknowledged."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.response import BoltResponse

from bot.deliveries import Delivery, Reacted, Said, read, redacted
from bot.names import INBOX
from bot.slack import Slack
from domain.errors import StoreUnavailable
from domain.ports import Bell, Clock, Inbox, Received

log = logging.getLogger(__name__)

_NO_ACK = 503
"""Bolt acknowledges 200 alone; Slack then delivers an event again, and shows an error at a button."""
_REMEMBERED = 200


@dataclass(frozen=True)
class Gate:
    """Bolt calls a listener of an event after the ack, so the storing has to happen here, in a middleware."""

    inbox: Inbox
    clock: Clock
    bell: Bell
    redact: Callable[[str], str]
    me: str
    slack: Slack
    """Tells people what could not be stored: an event that is lost looks to them like a bot that ignores them."""
    _told: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    """Deliveries whose authors know: Slack delivers each again, up to three times."""

    async def keep(self, body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        """Global middleware. A repeated delivery has the same key and is stored once."""
        found = read(body, self.me)
        if found is not None:
            delivery = redacted(found.delivery, self.redact)
            item = Received(
                key=found.key, kind=delivery.kind, body=delivery.model_dump(mode="json"), at=self.clock.now()
            )
            try:
                await self.inbox.receive(item)
            except StoreUnavailable as e:
                log.error("A %s of Slack was not stored and is not acknowledged: %s", delivery.kind, e)
                await self._tell(found.key, delivery, str(e))
                return BoltResponse(status=_NO_ACK)
            self.bell.ring(INBOX)
        return await next_()

    async def _tell(self, key: str, delivery: Delivery, why: str) -> None:
        """Say so, once, to whoever waits for an answer; people who talk to each other wait for none."""
        if isinstance(delivery, Said | Reacted) or key in self._told:
            return
        self._told.append(key)
        words = f"I could not take that: {why} If no answer of mine comes in a few minutes, please say it again."
        await self.slack.whisper(delivery.channel, delivery.user, words, getattr(delivery, "thread", ""))
