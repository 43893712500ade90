"""The gate: what Slack delivers is stored before it is acknowledged, or it is not acknowledged."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.response import BoltResponse

from bot.deliveries import read, redacted
from bot.names import INBOX
from domain.errors import StoreUnavailable
from domain.ports import Bell, Clock, Inbox, Received

log = logging.getLogger(__name__)

_NO_ACK = 503
"""Bolt acknowledges 200 alone; Slack then delivers an event again, and shows an error at a button."""


@dataclass(frozen=True)
class Gate:
    """Bolt calls a listener of an event after the ack, so the storing has to happen here, in a middleware."""

    inbox: Inbox
    clock: Clock
    bell: Bell
    redact: Callable[[str], str]
    me: str

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
                return BoltResponse(status=_NO_ACK)
            self.bell.ring(INBOX)
        return await next_()
