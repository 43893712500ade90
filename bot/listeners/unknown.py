"""What is not ours: forged, or of an older version. Answered in words, recorded, never a crash."""

import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.listeners.click import click_of, note
from bot.names import Form, Press
from bot.slack import Slack
from domain.errors import AoiError

log = logging.getLogger(__name__)


def but(*ours: str) -> re.Pattern[str]:
    """Every name but these.

    Bolt asks the next listener when one has not acknowledged in time: a slow click of ours is no unknown button.
    """
    return re.compile(rf"^(?!(?:{'|'.join(map(re.escape, ours))})$)")


_BUTTON = "I do not know this button; it may come from an older version of me. Nothing was done."
_FORM = "I do not know this form; it may come from an older version of me. Nothing was done."
_FAILED = "That did not work: {} Nothing was changed by your click."


def register(app: AsyncApp, slack: Slack) -> None:
    """Bind last: Bolt takes the first listener that fits."""

    @app.action(but(*Press))
    async def button(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        log.warning("User %r pressed a button that is not known.", click.user)
        await ack()
        await slack.whisper(click.channel, click.user, _BUTTON, click.thread)

    @app.view(but(*(form for form in Form if form is not Form.READ)))
    async def form(ack: AsyncAck, body: dict[str, Any]) -> None:
        if body.get("view", {}).get("callback_id") == Form.READ:
            await ack()
            return
        log.warning("A form that is not known was submitted.")
        await ack(response_action="update", view=note("Unknown form", _FORM))

    @app.error
    async def failed(error: Exception, body: dict[str, Any]) -> None:
        """A click whose work failed is not acknowledged, so Slack marks the button; the words say why."""
        if not isinstance(error, AoiError):
            log.error("A payload broke a listener.", exc_info=error)
        click = click_of(body)
        if click.user and click.channel:
            why = str(error) if isinstance(error, AoiError) else "something broke in AOI; the log says what."
            await slack.whisper(click.channel, click.user, _FAILED.format(why), click.thread)
