"""Approve, Reject, Edit and Break glass: decided and committed before the ack."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.modals import edit_modal, glass_modal, reject_modal
from bot.desk import Desk, Not
from bot.listeners.click import click_of, close, filled_of, say
from bot.names import Form, Press
from bot.slack import Slack
from domain.errors import BadInput


def register(app: AsyncApp, desk: Desk, slack: Slack) -> None:
    """Bind the buttons of the proposal card and their forms."""

    @app.action(Press.APPROVE.value)
    async def approve(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        await say(await desk.approve(click.value, click.by), click, ack, slack)

    @app.action(Press.REJECT.value)
    async def ask_why(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        found = await desk.waiting(click.value, click.by)
        if isinstance(found, Not):
            await say(found, click, ack, slack)
            return
        await slack.open_modal(click.trigger, reject_modal(found, click.place))
        await ack()

    @app.view(Form.REJECT.value)
    async def reject(ack: AsyncAck, body: dict[str, Any]) -> None:
        by, proposal_id, answers = filled_of(body)
        await close(await desk.reject(proposal_id, by, answers.get("reason") or ""), ack)

    @app.action(Press.GLASS.value)
    async def ask_for_the_emergency(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        found = await desk.waiting(click.value, click.by)
        if isinstance(found, Not):
            await say(found, click, ack, slack)
            return
        await slack.open_modal(click.trigger, glass_modal(found, click.place))
        await ack()

    @app.view(Form.GLASS.value)
    async def break_glass(ack: AsyncAck, body: dict[str, Any]) -> None:
        by, proposal_id, answers = filled_of(body)
        await close(await desk.break_glass(proposal_id, by, answers.get("reason") or ""), ack)

    @app.action(Press.EDIT.value)
    async def ask_how(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        found = await desk.waiting(click.value, click.by)
        if isinstance(found, Not):
            await say(found, click, ack, slack)
            return
        await slack.open_modal(click.trigger, edit_modal(found, click.place))
        await ack()

    @app.view(Form.EDIT.value)
    async def edit(ack: AsyncAck, body: dict[str, Any]) -> None:
        by, proposal_id, answers = filled_of(body)
        try:
            await close(await desk.edit(proposal_id, by, answers), ack)
        except BadInput as e:
            await ack(response_action="errors", errors={next(iter(answers), "value"): str(e)})
