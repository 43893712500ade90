"""Thumbs, corrections, Undo and the buttons of a retrain: the gate has stored them, only the ack is left."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.modals import correct_modal
from bot.listeners.click import click_of
from bot.names import Form, Press, split_thumb
from bot.slack import Slack


def register(app: AsyncApp, slack: Slack) -> None:
    """Bind the buttons of the result card and the form of a correction."""

    @app.action(Press.UP.value)
    @app.action(Press.UNDO.value)
    @app.action(Press.PROMOTE.value)
    @app.action(Press.DISCARD.value)
    @app.action(Press.STOP.value)
    async def stored(ack: AsyncAck) -> None:
        await ack()

    @app.action(Press.DOWN.value)
    async def ask_what(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        target = split_thumb(click.value)
        if target is not None:
            await slack.open_modal(click.trigger, correct_modal(*target, click.channel))
        await ack()

    @app.view(Form.CORRECT.value)
    async def corrected(ack: AsyncAck) -> None:
        await ack()
