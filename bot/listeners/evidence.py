"""Show evidence: the findings and the raw output they rest on, for whoever asks."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.modals import evidence_modal, shown_artifacts
from bot.listeners.click import click_of
from bot.names import Press
from bot.ports import Service
from bot.slack import Slack
from domain.ports import Artifacts


def register(app: AsyncApp, service: Service, artifacts: Artifacts, slack: Slack) -> None:
    """Bind the button of the status card."""

    @app.action(Press.EVIDENCE.value)
    async def show(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        trajectory = await service.trajectory(click.value)
        if trajectory is None:
            await ack()
            await slack.whisper(click.channel, click.user, "I do not know this incident.", click.thread)
            return
        found = {key: await artifacts.get(key) for key in shown_artifacts(trajectory)}
        seen = {key: artifact for key, artifact in found.items() if artifact is not None}
        await slack.open_modal(click.trigger, evidence_modal(trajectory, seen))
        await ack()
