"""The buttons of the list of lessons, and their forms: decided and committed before the ack."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.lessons import edit_lesson_modal, retire_lesson_modal
from bot.curator import Curator
from bot.desk import Not
from bot.listeners.click import click_of, close, filled_of, rest_of, say
from bot.names import Form, Press
from bot.slack import Slack
from domain.errors import BadInput


def register(app: AsyncApp, curator: Curator, slack: Slack) -> None:
    """Bind them."""

    @app.action(Press.LESSON_EDIT.value)
    async def ask_how(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        found = await curator.opened(click.value, click.user)
        if isinstance(found, Not):
            await say(found, click, ack, slack)
            return
        await slack.open_modal(click.trigger, edit_lesson_modal(found, curator.clock.now(), click.shown))
        await ack()

    @app.view(Form.LESSON_EDIT.value)
    async def edit(ack: AsyncAck, body: dict[str, Any]) -> None:
        by, lesson_id, answers = filled_of(body)
        try:
            await close(await curator.edit(lesson_id, by.user, answers, rest_of(body)), ack)
        except BadInput as e:
            await ack(response_action="errors", errors={"texts": str(e)})

    @app.action(Press.LESSON_RETIRE.value)
    async def ask_why(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        found = await curator.opened(click.value, click.user)
        if isinstance(found, Not):
            await say(found, click, ack, slack)
            return
        await slack.open_modal(click.trigger, retire_lesson_modal(found, click.shown))
        await ack()

    @app.view(Form.LESSON_RETIRE.value)
    async def retire(ack: AsyncAck, body: dict[str, Any]) -> None:
        by, lesson_id, answers = filled_of(body)
        await close(await curator.retire(lesson_id, by.user, answers.get("why") or "", rest_of(body)), ack)
