"""Words and reactions: the gate has stored what is for us; the ack is all that is left."""

import re

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.names import COMMAND


def register(app: AsyncApp) -> None:
    """Bind the slash command and every event, ours or not: an event without a listener would be sent again."""

    @app.command(COMMAND)
    async def commanded(ack: AsyncAck) -> None:
        await ack()

    @app.event(re.compile(".*"))
    async def noted() -> None:
        """Bolt acknowledges events by itself."""
